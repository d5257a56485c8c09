import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const minimum = { major: 1, minor: 26 };
const advice =
  `Install Go ${minimum.major}.${minimum.minor} or newer and put it on the PATH, ` +
  'or set KUBEBUILDER_ASSETS to a folder that holds etcd and kube-apiserver (Vault still needs Go).';

/** Throws an error that says what to install when there is no Go that can build the servers. */
export async function requireGo(folder: string): Promise<void> {
  const version = await goVersion(folder);
  if (!isNewEnough(version)) throw new Error(`The test servers need a newer Go than ${version}. ${advice}`);
}

/** True for the version word of `go version`, such as `go1.26.8`, that can build the servers. */
export function isNewEnough(version: string): boolean {
  const match = /^go(\d+)\.(\d+)/.exec(version);
  // A toolchain from source calls itself "devel go1.27-…": let it try.
  if (match === null) return true;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > minimum.major || (major === minimum.major && minor >= minimum.minor);
}

/** Asked for in the module's folder, where Go may switch to the toolchain that go.mod wants. */
async function goVersion(folder: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('go', ['version'], { cwd: folder });
    return stdout.split(' ')[2] ?? stdout.trim();
  } catch (error) {
    throw new Error(`The test servers are built with Go, which could not be run. ${advice}`, { cause: error });
  }
}
