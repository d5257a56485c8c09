/** Shows on stderr that a long build is alive. */
export interface BuildProgress {
  /** One more Go package is compiled. */
  package(): void;
  /** Ends the live line and says how long the build took. */
  end(outcome: 'built' | 'failed'): void;
}

const intervalMs = { live: 1_000, log: 10_000 };

/** A live line on a terminal; elsewhere a line at the start and one every ten seconds. */
export function startProgress(
  label: string,
  takes: string,
  output: NodeJS.WriteStream = process.stderr,
): BuildProgress {
  const startedAt = Date.now();
  const live = output.isTTY;
  let packages = 0;
  output.write(`testbed: building ${label}, once, ${takes}…\n`);
  const show = (): void => {
    const line = `testbed: building ${label}, ${elapsed(startedAt)}, ${packages} packages`;
    output.write(live ? `\r\u001B[K${line}` : `${line}\n`);
  };
  const timer = setInterval(show, live ? intervalMs.live : intervalMs.log);
  timer.unref();
  return {
    package() {
      packages += 1;
    },
    end(outcome) {
      clearInterval(timer);
      output.write(`${live ? '\r\u001B[K' : ''}testbed: ${outcome} ${label} in ${elapsed(startedAt)}\n`);
    },
  };
}

function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
