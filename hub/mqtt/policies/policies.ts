/**
 * The NetworkPolicies of the cluster as nodes are sent them: which node needs which, and when it says another thing.
 *
 * INVARIANTS: without a policy nothing is remembered and a Pod's change costs one look at a number; a Pod's change touches the
 * policies of its namespace and those that watch Pods there; what a node needs is known at once, what peers change is gathered.
 */
import type { ObjectKey } from '../../api/link.ts';
import type { NetworkPolicy } from '../../api/networking.ts';
import { namespaces as namespacesRef, networkPolicies, pods as podsRef } from '../../api/resource.ts';
import type { Clock } from '../../base/clock.ts';
import type { Change, Entry, Registry } from '../../registry/registry.ts';
import type { Projection } from '../sync/projection.ts';
import { type PolicyPod, policyPod, sameLabels, samePeer } from './policy-pod.ts';
import { namespacesOf, type PodPeer, type PolicyRules, policyRules, resolvePolicy } from './policy-rules.ts';

/** Milliseconds in which changes of peers are gathered: Pods come and go in bursts. */
const gather = 100;

/** What the policies are made over. */
export interface PoliciesOptions {
  readonly registry: Pick<Registry, 'entries' | 'podsOnNode' | 'subscribe'>;
  readonly clock: Clock;
  /** The node needs the policy, holds another version of it, or needs it no longer. */
  readonly changed: (node: string, key: ObjectKey) => void;
}

interface Policy {
  readonly key: ObjectKey;
  readonly rules: PolicyRules;
  /** Nodes with a Pod it selects. */
  readonly nodes: Set<string>;
  /** Undefined: to be worked out when it is asked for. */
  resolved: Projection | undefined;
}

/** The policies. */
export class Policies {
  readonly #options: PoliciesOptions;
  readonly #policies = new Map<ObjectKey, Policy>();
  readonly #byNamespace = new Map<string, Set<Policy>>();
  /** Namespace → what of it is watched, by whom. */
  readonly #watchers = new Map<string, Map<PodPeer, Policy>>();
  /** By namespace and uid; empty without a policy. */
  readonly #pods = new Map<string, Map<string, PolicyPod>>();
  readonly #namespaces = new Map<string, Readonly<Record<string, string>>>();
  readonly #dirty = new Set<Policy>();
  #cancel: (() => void) | undefined;
  #unsubscribe: (() => void)[] = [];

  constructor(options: PoliciesOptions) {
    this.#options = options;
  }

  start(): void {
    const { registry } = this.#options;
    for (const entry of registry.entries(networkPolicies)) this.#add(entry);
    this.#unsubscribe = [
      registry.subscribe(networkPolicies, (change) => this.#policyChanged(change)),
      registry.subscribe(podsRef, (change) => {
        if (this.#policies.size > 0) this.#podChanged(change);
      }),
      registry.subscribe(namespacesRef, (change) => {
        if (this.#policies.size > 0) this.#namespaceChanged(change);
      }),
    ];
  }

  stop(): void {
    this.#cancel?.();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** What `node` should hold of policies, with the versions. */
  *wanted(node: string): Iterable<[ObjectKey, string]> {
    for (const policy of this.#policies.values())
      if (policy.nodes.has(node)) yield [policy.key, this.#resolved(policy).version];
  }

  /** The policy as `node` is to hold it; undefined when it needs it not. */
  resolve(node: string, key: ObjectKey): Projection | undefined {
    const policy = this.#policies.get(key);
    return policy?.nodes.has(node) === true ? this.#resolved(policy) : undefined;
  }

  #resolved(policy: Policy): Projection {
    if (policy.resolved !== undefined) return policy.resolved;
    const resolved = resolvePolicy(policy.rules, {
      podsIn: (namespace) => this.#pods.get(namespace)?.values() ?? [],
      namespaces: this.#namespaces,
    });
    const version = resolved.metadata.resourceVersion ?? '';
    policy.resolved = { version, bytes: Buffer.from(JSON.stringify(resolved)) };
    return policy.resolved;
  }

  #policyChanged({ type, entry }: Change): void {
    const before = this.#remove(keyOf(entry));
    const after = type === 'DELETED' ? undefined : this.#add(entry);
    for (const node of new Set([...(before?.nodes ?? []), ...(after?.nodes ?? [])]))
      this.#options.changed(node, keyOf(entry));
  }

  #add(entry: Entry): Policy {
    if (this.#policies.size === 0) this.#look();
    const rules = policyRules(entry.object<NetworkPolicy>());
    const policy: Policy = { key: keyOf(entry), rules, nodes: new Set(), resolved: undefined };
    this.#policies.set(policy.key, policy);
    this.#inNamespace(entry.namespace).add(policy);
    this.#watch(policy);
    for (const pod of this.#pods.get(entry.namespace)?.values() ?? [])
      if (pod.node !== undefined && rules.selects.matches(pod.labels)) policy.nodes.add(pod.node);
    return policy;
  }

  #remove(key: ObjectKey): Policy | undefined {
    const policy = this.#policies.get(key);
    if (policy === undefined) return undefined;
    this.#policies.delete(key);
    this.#dirty.delete(policy);
    this.#inNamespace(policy.rules.namespace).delete(policy);
    this.#unwatch(policy);
    if (this.#policies.size === 0) for (const all of [this.#pods, this.#namespaces, this.#byNamespace]) all.clear();
    return policy;
  }

  /** The first policy: from now on Pods are followed. */
  #look(): void {
    const { registry } = this.#options;
    for (const { name, labels } of registry.entries(namespacesRef)) this.#namespaces.set(name, labels);
    for (const entry of registry.entries(podsRef)) this.#keep(entry, policyPod(entry));
  }

  /** Remembers the Pod as it is now; answers what it was. */
  #keep({ namespace, uid }: Entry, pod: PolicyPod | undefined): PolicyPod | undefined {
    const known = this.#pods.get(namespace) ?? new Map<string, PolicyPod>();
    const before = known.get(uid);
    if (pod === undefined) known.delete(uid);
    else known.set(uid, pod);
    if (known.size === 0) this.#pods.delete(namespace);
    else this.#pods.set(namespace, known);
    return before;
  }

  #podChanged({ type, entry }: Change): void {
    const after = type === 'DELETED' ? undefined : policyPod(entry);
    const before = this.#keep(entry, after);
    this.#selectionChanged(entry.namespace, before, after);
    if (samePeer(before, after)) return;
    for (const [peer, policy] of this.#watchers.get(entry.namespace) ?? []) {
      const had = before !== undefined && before.addresses.length > 0 && peer.pods.matches(before.labels);
      const has = after !== undefined && after.addresses.length > 0 && peer.pods.matches(after.labels);
      if (had || has) this.#soon(policy);
    }
  }

  /** Whom the policies of the namespace are about: told at once, so that a node has a policy before the Pod it is about. */
  #selectionChanged(namespace: string, before: PolicyPod | undefined, after: PolicyPod | undefined): void {
    if (before?.node === after?.node && sameLabels(before?.labels ?? {}, after?.labels ?? {})) return;
    for (const policy of this.#byNamespace.get(namespace) ?? [])
      for (const node of new Set([before?.node, after?.node])) if (node !== undefined) this.#count(policy, node);
  }

  #count(policy: Policy, node: string): void {
    const { namespace, selects } = policy.rules;
    const isNeeded = this.#options.registry.podsOnNode(node).some((entry) => {
      const pod = entry.namespace === namespace ? this.#pods.get(namespace)?.get(entry.uid) : undefined;
      return pod !== undefined && selects.matches(pod.labels);
    });
    if (isNeeded === policy.nodes.has(node)) return;
    if (isNeeded) policy.nodes.add(node);
    else policy.nodes.delete(node);
    this.#options.changed(node, policy.key);
  }

  #namespaceChanged({ type, entry }: Change): void {
    const before = this.#namespaces.get(entry.name);
    if (type === 'DELETED') this.#namespaces.delete(entry.name);
    else this.#namespaces.set(entry.name, entry.labels);
    if (type !== 'DELETED' && before !== undefined && sameLabels(before, entry.labels)) return;
    for (const policy of this.#policies.values()) {
      if (policy.rules.watched.every((peer) => peer.namespaces === undefined)) continue;
      this.#unwatch(policy);
      this.#watch(policy);
      this.#soon(policy);
    }
  }

  #watch(policy: Policy): void {
    for (const peer of policy.rules.watched)
      for (const name of namespacesOf(peer, policy.rules.namespace, this.#namespaces)) {
        const watchers = this.#watchers.get(name) ?? new Map<PodPeer, Policy>();
        this.#watchers.set(name, watchers.set(peer, policy));
      }
  }

  #unwatch(policy: Policy): void {
    const own = new Set(policy.rules.watched);
    for (const [name, watchers] of this.#watchers) {
      for (const peer of own) watchers.delete(peer);
      if (watchers.size === 0) this.#watchers.delete(name);
    }
  }

  #inNamespace(namespace: string): Set<Policy> {
    const policies = this.#byNamespace.get(namespace) ?? new Set<Policy>();
    this.#byNamespace.set(namespace, policies);
    return policies;
  }

  #soon(policy: Policy): void {
    this.#dirty.add(policy);
    this.#cancel ??= this.#options.clock.after(gather, () => this.#flush());
  }

  /** Nodes are told of a policy that says another thing than they know, and of no other. */
  #flush(): void {
    this.#cancel = undefined;
    for (const policy of this.#dirty) {
      const before = policy.resolved?.version;
      policy.resolved = undefined;
      if (policy.nodes.size === 0 || this.#resolved(policy).version === before) continue;
      for (const node of policy.nodes) this.#options.changed(node, policy.key);
    }
    this.#dirty.clear();
  }
}

const keyOf = ({ namespace, name }: Entry): ObjectKey => `networkpolicies/${namespace}/${name}`;
