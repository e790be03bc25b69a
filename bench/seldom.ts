// A process that does nothing but one transaction each time it is told, so that it is woken as seldom as a monitor is: what etcd costs such a process.
// Arguments: the endpoint, the key. It says when it listens; then a message asks for a transaction, and the answer is how long it took, in ms.

import { Etcd3 } from 'etcd3';
import { putRaw, timed } from './transactions.ts';

const [, , endpoint = '', key = ''] = process.argv;
const put = putRaw(new Etcd3({ hosts: endpoint }), key);

process.on('message', () => {
  void timed(put).then(ms => process.send?.(ms));
});
process.send?.('listening');
