//! The one call that reaches a worker whether it runs or not.

/**
 * `ServiceWorker.postMessage` starts a stopped worker; for one that has been replaced some engines throw.
 * @param {ServiceWorker | null} worker
 * @param {import('../protocol.js').PageCall} message
 * @param {Transferable[]} [transfer]
 */
export function wake(worker, message, transfer = []) {
  try {
    worker?.postMessage(message, transfer);
  } catch {
    // Another worker is on its way; `followWorker` will tell.
  }
}
