// Loaded before the entry file of a sandbox: ends the sandbox when the process that opened it is gone.
// The kernel does the same by itself; this covers the instant before the kernel was told to.
process.once('disconnect', () => process.exit(1));
if (!process.connected) process.exit(1);
