//! A page with parts of each kind, and what came of them.

export const PICTURE = (/** @type {string} */ path) => `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><title>${path}</title></svg>`;
/** The parts in a page's body, and the files that they are. */
export const PARTS = '<link rel="stylesheet" href="a.css"><script src="a.js"></script><img src="a.svg"><img src="desk/b.svg">';
export const PART_FILES = { 'a.css': (/** @type {string} */ path) => `h1 { color: rgb(1, 2, 3) } /* ${path} */`, 'a.js': (/** @type {string} */ path) => `window.ran = true; // ${path}`, 'a.svg': PICTURE, 'desk/b.svg': PICTURE };

/** What came of them. */
export const parts = () => ({ pictures: [...document.images].map((image) => [image.complete, image.naturalWidth]), ran: window.ran, colour: getComputedStyle(document.querySelector('h1')).color, text: document.body.innerText });
