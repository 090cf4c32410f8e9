/** Which admission plugins take part: those on by default, as the operator's settings change that. */
import type { AdmissionPlugin } from '../registry.ts';

/** The plugins an operator may switch, by their names in Kubernetes, and whether each is on by default. */
const switchable: Readonly<Record<string, boolean>> = {
  CertificateApproval: true,
  CertificateSigning: true,
  CertificateSubjectRestriction: true,
  DefaultIngressClass: true,
  DefaultStorageClass: true,
  DefaultTolerationSeconds: true,
  LimitRanger: true,
  MutatingAdmissionPolicy: true,
  MutatingAdmissionWebhook: true,
  NamespaceLifecycle: true,
  NodeRestriction: true,
  OwnerReferencesPermissionEnforcement: false,
  PersistentVolumeClaimResize: true,
  PodNodeSelector: false,
  PodSecurity: true,
  Priority: true,
  ResourceQuota: true,
  RuntimeClass: true,
  ServiceAccount: true,
  StorageObjectInUseProtection: true,
  TaintNodesByCondition: true,
  ValidatingAdmissionPolicy: true,
  ValidatingAdmissionWebhook: true,
};

/** What the settings name. */
export interface AdmissionChoice {
  readonly enable: readonly string[];
  readonly disable: readonly string[];
}

/** Nothing switched. */
export const asByDefault: AdmissionChoice = { enable: [], disable: [] };

/** Throws an Error that names the setting and the plugin which is unknown, or both on and off. */
function checkChoice({ enable, disable }: AdmissionChoice): void {
  for (const [setting, names] of [
    ['enableAdmissionPlugins', enable],
    ['disableAdmissionPlugins', disable],
  ] as const) {
    const unknown = names.find((name) => !Object.hasOwn(switchable, name));
    if (unknown === undefined) continue;
    throw new Error(
      `setting "${setting}": unknown plugin "${unknown}"; known are ${Object.keys(switchable).join(', ')}`,
    );
  }
  const both = enable.find((name) => disable.includes(name));
  if (both !== undefined)
    throw new Error(`setting "disableAdmissionPlugins": "${both}" is in "enableAdmissionPlugins" too`);
}

/** True for a plugin that takes part. What has no name to switch it by always does. */
export function isOn(name: string, { enable, disable }: AdmissionChoice): boolean {
  if (!Object.hasOwn(switchable, name)) return true;
  return enable.includes(name) || (switchable[name] === true && !disable.includes(name));
}

/** Those of `plugins` that are on, in the same order. */
export function choosePlugins(plugins: readonly AdmissionPlugin[], choice: AdmissionChoice): AdmissionPlugin[] {
  checkChoice(choice);
  return plugins.filter(({ name }) => isOn(name, choice));
}
