//! How the tests start Debian's Chromium: as visitors have it, but in a container and without the network's noise.

/** The browser: `SWARMFETCH_CHROMIUM`, else Debian's. */
export const executablePath = process.env.SWARMFETCH_CHROMIUM ?? '/usr/bin/chromium';

/** Options for Playwright's launch: candidates of the loopback interface, and no names from mDNS, which nobody resolves in a container. */
export const chromium = {
  executablePath,
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-features=WebRtcHideLocalIpsWithMdns',
    '--allow-loopback-in-peer-connection',
  ],
  // Playwright turns the back/forward cache off, which is one of the things under test.
  ignoreDefaultArgs: ['--disable-back-forward-cache'],
};
