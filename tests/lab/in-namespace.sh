#!/bin/sh
# Starts the browser at a host of the lab: Playwright takes one file as the browser. In place, so that the browser has this process's number and its pipes.
exec ip netns exec "$SWARMFETCH_LAB_NAMESPACE" "$SWARMFETCH_LAB_BROWSER" "$@"
