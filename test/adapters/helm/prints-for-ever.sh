#!/bin/sh
# A helm that renders a loop.
exec yes "a: 1"
