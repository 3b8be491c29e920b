//! The page script of a site whose owner has switched the swarm off: no worker is registered. Pages that ask `window.swarmfetch` are told what a browser
//! without workers tells them.

import { makeApi } from './page/api.js';

const value = makeApi(Promise.resolve(false), () => null);
if (!Object.hasOwn(window, 'swarmfetch')) Object.defineProperty(window, 'swarmfetch', { value, configurable: true, writable: true });
