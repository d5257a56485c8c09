import { beforeEach, expect, it } from 'vitest';
import { type ScrapeDecision, ScrapeGuard } from './scrape-guard.ts';

let now: number;
let asked: string[];
let answers: Record<string, ScrapeDecision>;
let guard: ScrapeGuard;

beforeEach(() => {
  now = 0;
  asked = [];
  answers = { scraper: 'allowed', other: 'denied', nobody: 'unauthenticated' };
  guard = new ScrapeGuard({
    clock: { now: () => now, sleep: () => Promise.reject(new Error('nothing waits')) },
    review: async (token) => {
      asked.push(token);
      const answer = answers[token];
      if (!answer) throw new Error('the cluster is away');
      return answer;
    },
  });
});

it.each([
  [undefined, 'unauthenticated'],
  ['', 'unauthenticated'],
  ['Basic c2NyYXBlcjp4', 'unauthenticated'],
  ['Bearer', 'unauthenticated'],
  ['Bearer two words', 'unauthenticated'],
  ['Bearer scraper', 'allowed'],
  ['bearer scraper', 'allowed'],
  ['Bearer other', 'denied'],
  ['Bearer nobody', 'unauthenticated'],
])('decides of %j: %s', async (header, decision) => {
  expect(await guard.decide(header)).toBe(decision);
});

it('asks once for as long as a decision is kept, and again after that', async () => {
  for (let scrape = 0; scrape < 3; scrape += 1) await guard.decide('Bearer scraper');
  expect(asked).toEqual(['scraper']);
  now = 59_999;
  answers['scraper'] = 'denied';
  expect(await guard.decide('Bearer scraper')).toBe('allowed');
  now = 60_000;
  expect(await guard.decide('Bearer scraper')).toBe('denied');
  expect(asked).toEqual(['scraper', 'scraper']);
});

it('a failure to ask lets nobody through and is not kept', async () => {
  await expect(guard.decide('Bearer new')).rejects.toThrow();
  answers['new'] = 'allowed';
  expect(await guard.decide('Bearer new')).toBe('allowed');
});

it('keeps a bounded number of decisions, however many tokens are tried', async () => {
  answers = new Proxy({}, { get: () => 'unauthenticated' });
  for (let attempt = 0; attempt < 2_500; attempt += 1) await guard.decide(`Bearer ${attempt}`);
  expect(asked).toHaveLength(2_500);
  await guard.decide('Bearer 2499');
  expect(asked).toHaveLength(2_500);
  await guard.decide('Bearer 0');
  expect(asked).toHaveLength(2_501);
});
