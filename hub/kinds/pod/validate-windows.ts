/** What is wrong with what a Pod says for Windows. */
import type { Container } from '../../api/container.ts';
import { type FieldError, invalid } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import type { PodSpec } from '../../api/pod.ts';
import { named } from '../field-checks.ts';

/** core.v1.WindowsSecurityContextOptions. */
interface WindowsOptions {
  readonly gmsaCredentialSpecName?: string;
  readonly gmsaCredentialSpec?: string;
  readonly runAsUserName?: string;
  readonly hostProcess?: boolean;
}

const longestSpec = 64 * 1024;
const longestDomain = 256;
const longestUser = 104;
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsName = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const refused = /["/\\:;|=,+*?<>@[\]]/;

/** What is wrong with `DOMAIN\user`. */
function userFaults(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (/\p{Cc}/u.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1) ?? '';
  const domain = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const faults: string[] = [];
  if (domain !== undefined && domain.length >= longestDomain) {
    faults.push(`runAsUserName's Domain length must be under ${longestDomain} characters`);
  }
  if (domain !== undefined && !netBios.test(domain) && !dnsName.test(domain)) {
    faults.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === '') faults.push("runAsUserName's User cannot be empty");
  else if (user.length > longestUser) {
    faults.push(`runAsUserName's User length must not be longer than ${longestUser} characters`);
  }
  if (/^[. ]+$/.test(user)) faults.push("runAsUserName's User cannot contain only periods or spaces");
  if (refused.test(user)) {
    faults.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  }
  return faults;
}

/** The options of a Pod or of a container at `path`. */
export function validateWindowsOptions(options: object | undefined, path: string, errors: FieldError[]): void {
  if (options === undefined) return;
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options as WindowsOptions;
  if (name !== undefined) named(isDns1123Subdomain, name, `${path}.gmsaCredentialSpecName`, errors);
  const specPath = `${path}.gmsaCredentialSpec`;
  if (spec === '') errors.push(invalid(specPath, spec, 'gmsaCredentialSpec cannot be an empty string'));
  else if (spec !== undefined && Buffer.byteLength(spec) > longestSpec) {
    errors.push(invalid(specPath, spec, 'gmsaCredentialSpec size must be under 64 KiB'));
  }
  if (user === undefined) return;
  for (const fault of userFaults(user)) errors.push(invalid(`${path}.runAsUserName`, user, fault));
}

const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** All containers of a Pod with their paths, in the order Kubernetes visits them. */
export function containersOf(spec: PodSpec, path: string): (readonly [Container, string])[] {
  return lists.flatMap((list) =>
    (spec[list] ?? []).map((container, index) => [container as Container, `${path}.${list}[${index}]`] as const),
  );
}

const processOf = (context: object | undefined): boolean | undefined =>
  (context as { windowsOptions?: WindowsOptions } | undefined)?.windowsOptions?.hostProcess;

/** API: containers that are processes of their node are so all together, and on its network. */
export function validateHostProcess(spec: PodSpec, path: string, errors: FieldError[]): void {
  const whole = processOf(spec.securityContext);
  const containers = containersOf(spec, path);
  let count = 0;
  for (const [container, at] of containers) {
    const own = processOf(container.securityContext);
    if (whole !== undefined && own !== undefined && whole !== own) {
      const why = `pod hostProcess value must be identical if both are specified, was ${whole}`;
      errors.push(invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, why));
    }
    if (own ?? whole) count++;
  }
  if (count === 0) return;
  if (count !== containers.length) {
    const why = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(invalid(path, '', why));
  }
  if (spec.hostNetwork === true) return;
  const why = 'hostNetwork must be true if pod contains any hostProcess containers';
  errors.push(invalid(`${path}.hostNetwork`, false, why));
}
