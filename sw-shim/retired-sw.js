//! The worker script of a site whose owner has switched the swarm off: takes the place of the one that was here, leaves nothing of it behind, and goes.
//! It answers nothing. Under `importScripts` the worker is the site's: it stays, and waits for its pages as the site has it wait.

import { goAway, own } from './boot/platform.js';

const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

scope.addEventListener('install', () => void (own && scope.skipWaiting()));
scope.addEventListener('activate', (event) => event.waitUntil(goAway()));
