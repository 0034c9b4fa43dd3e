import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

/**
 * Installs a package and keeps the services that come with it from being started: invoke-rc.d and
 * deb-systemd-invoke ask policy-rc.d first, where exit code 101 means no (invoke-rc.d(8)).
 * The policy that was there before comes back however the shell ends, and ours says no only while that
 * shell lives, so that even a SIGKILL leaves no machine on which services cannot start.
 */
const INSTALL = `
set -eu
policy=$1 package=$2
restore() { rm -f "$policy"; [ ! -e "$policy.kept" ] || mv "$policy.kept" "$policy"; }
trap restore EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
[ -e "$policy.kept" ] || [ ! -e "$policy" ] || mv "$policy" "$policy.kept"
printf '#!/bin/sh\\nkill -0 %s 2>/dev/null && exit 101\\nexit 0\\n' $$ > "$policy"
chmod 755 "$policy"
apt-get update
apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$package"
`;

/** Whether {@link installDebianPackage} can be tried: on Debian or Ubuntu, as root. */
export function canInstallDebianPackages(): boolean {
  return existsSync("/etc/debian_version") && process.getuid?.() === 0;
}

/**
 * Installs a package from the machine's own apt sources. May take minutes; rejects with what apt-get said.
 * `searchPath` is where apt-get is looked for, and `policyFile` the policy-rc.d that it obeys.
 */
export async function installDebianPackage(
  name: string,
  { policyFile = "/usr/sbin/policy-rc.d", searchPath = process.env["PATH"] } = {},
): Promise<void> {
  process.stderr.write(`Installing ${name} with apt-get, as the tests need it\n`);
  await promisify(execFile)("/bin/sh", ["-c", INSTALL, "install", policyFile, name], {
    env: { ...process.env, PATH: searchPath, DEBIAN_FRONTEND: "noninteractive" },
    maxBuffer: 64 * 1024 * 1024,
  });
}
