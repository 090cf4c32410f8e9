/** NamespaceLifecycle: nothing is created where there is no namespace or where one is going, and some namespaces stay. */
import type { Namespace } from '../../api/config.ts';
import { ApiError, notFound } from '../../api/errors.ts';
import { namespaces } from '../../api/resource.ts';
import type { AdmissionPlugin, AdmissionRequest, Entry } from '../registry.ts';
import { forbid, type Reader } from './forbid.ts';

const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/** API: reviews may be asked about namespaces that do not exist. */
const reviewGroup = 'authorization.k8s.io';

/** The plugin. */
export class NamespaceLifecycle implements AdmissionPlugin {
  readonly name = 'NamespaceLifecycle';
  readonly #reader: Reader;
  readonly #terminating = new WeakMap<Entry, boolean>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  handles(request: AdmissionRequest): boolean {
    if (request.operation === 'CREATE') return request.namespace !== '' && request.info.group !== reviewGroup;
    return request.operation === 'DELETE' && request.info.resource === 'namespaces' && request.info.group === '';
  }

  mutate(request: AdmissionRequest): void {
    if (request.operation === 'DELETE') {
      if (immortal.has(request.name)) throw forbid(request, 'this namespace may not be deleted');
      return;
    }
    const { namespace } = request;
    const entry = this.#reader.get(namespaces, '', namespace);
    if (entry === undefined) throw notFound(namespaces, namespace);
    if (!this.#isTerminating(entry)) return;
    const error = forbid(
      request,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    );
    throw new ApiError('Forbidden', error.message, {
      details: {
        ...error.details,
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      },
    });
  }

  #isTerminating(entry: Entry): boolean {
    let terminating = this.#terminating.get(entry);
    if (terminating === undefined) {
      const { metadata, status } = entry.object<Namespace>();
      terminating = status?.phase === 'Terminating' || metadata.deletionTimestamp !== undefined;
      this.#terminating.set(entry, terminating);
    }
    return terminating;
  }
}
