//! The shim's synchronous decision against the cases that `manifest::rules` is held to as well (`crates/manifest/tests/rules.rs`).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { hasQuery, nominator } from '../../sw-shim/boot/nominate.js';

const SITE = 'https://site.example';

/** @type {{ groups: { about: string, rules: import('../../sw-shim/boot/nominate.js').Rules, cases: { url: string, origin?: string, nominated: number | null }[] }[] }} */
const { groups } = JSON.parse(readFileSync(new URL('../vectors/rules/cases.json', import.meta.url), 'utf8'));

describe('the shim nominates as written down', () => {
  for (const { about, rules, cases } of groups) {
    it(about, () => {
      const nominated = nominator(rules);
      assert(cases.length > 0);
      for (const one of cases) {
        // The path as the file has it: the cases stand for what a browser has already made of a URL.
        const path = one.url.split('?')[0];
        const query = hasQuery(new URL(one.url.replace(/^\/+/, '/'), SITE));
        assert.equal(nominated(one.origin ?? null, path, query), one.nominated !== null, `${one.url} of ${one.origin ?? 'the site'}`);
      }
    });
  }
});

describe('a query', () => {
  for (const [url, expected] of /** @type {const} */ ([['/a', false], ['/a?x', true], ['/a?', true], ['/a#?', false], ['/a?#', true], ['/a#', false], ['/a?#x?y', true]])) {
    it(`is ${expected ? 'there' : 'not there'} in ${url}`, () => assert.equal(hasQuery(new URL(url, SITE)), expected));
  }
});
