/** What the hub may answer to anything at all, and what it never may. */
import type { Outcome } from './send.ts';

/** An answer with a code of 500 and more that Kubernetes gives to the same request, by design. */
interface ByDesign {
  readonly name: string;
  readonly status: number;
  readonly text: RegExp;
}

/** Everything else of 500 and more is wrong. */
const byDesign: readonly ByDesign[] = [
  // apiserver storage.NewInvalidError of APIObjectVersioner.ParseResourceVersion: a plain error to the handlers
  { name: 'resourceVersion that is no number', status: 500, text: /resourceVersion: Invalid value: / },
  // apimachinery strategicpatch: plain errors, wrapped by nobody
  {
    name: 'strategic merge of a patch that fits no list',
    status: 500,
    text: /unknown patch type: |does not contain declared merge key|list element types|cannot merge lists|order in patch list|merging lists cannot yet be specified in the patch/,
  },
  // apiserver endpoints/handlers/patch.go: an apply patch of another shape
  { name: 'apply of what has no typed form', status: 500, text: /failed to create typed patch object / },
  // structured-merge-diff merge.Updater.Apply: errors of nobody's own
  { name: 'apply of another kind', status: 500, text: /failed to merge config: expected objects of the same type/ },
  { name: 'a kind that is not registered', status: 500, text: /no kind .* is registered for version/ },
  // apiextensions-apiserver ScaleREST
  { name: 'scale of what has no replicas', status: 500, text: /the spec replicas field .* does not exist/ },
  // core/v1 Binding: errors of the storage
  { name: 'binding without a target', status: 500, text: /target\.(name|kind): / },
  // a proxy or stream to a node, Pod or Service that is not there, or an aggregated API that is away
  { name: 'nobody behind a proxy', status: 502, text: /.*/ },
  // core/service ResourceLocation: errors.NewServiceUnavailable
  { name: 'a service without endpoints', status: 503, text: /no endpoints available/ },
  // apimachinery proxy.UpgradeAwareHandler, kube-aggregator proxyHandler: whoever is asked is not there
  {
    name: 'a node, Pod or aggregated API that is away',
    status: 503,
    text: /ServiceUnavailable|not connected|no such host|error trying to reach service|aggregat|service unavailable/i,
  },
  { name: 'a revision that is not there yet, a request that takes too long', status: 504, text: /Timeout/ },
  { name: 'a method nobody knows', status: 501, text: /.*/ },
];

/** The name of the rule that allows an answer; undefined when none does. */
export function allowedBy({ status, text }: Outcome): string | undefined {
  // one to HEAD has no body, and the log tells
  return byDesign.find((one) => one.status === status && (text === '' || one.text.test(text)))?.name;
}

/** An answer may take this many milliseconds on a busy machine. */
const slow = 15_000;

/** True for an answer nobody may get. A connection the hub closes is an answer to what is no request. */
export function isWrong(outcome: Outcome): boolean {
  const { status, text, milliseconds } = outcome;
  if (status === 0) return !/ECONNRESET|socket hang up|EPIPE/.test(text);
  if (status < 0 || milliseconds > slow) return true;
  return status >= 500 && allowedBy(outcome) === undefined;
}
