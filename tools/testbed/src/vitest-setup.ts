import type { TestProject } from 'vitest/node';
import { startTestbed } from './testbed.ts';

/** A vitest global setup: servers start once per run, only when a test file of the project runs. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = await startTestbed();
  project.provide('testbed', running.connections);
  return () => running.stop();
}
