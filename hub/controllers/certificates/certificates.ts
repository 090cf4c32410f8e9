/** Certificate requests: nodes' own are approved, what is approved is signed, and what is old goes. */
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../api/certificate.ts';
import { kubeletClientSigner } from '../../api/certificate-signers.ts';
import { isConflict, isNotFound } from '../../api/errors.ts';
import { certificateSigningRequests } from '../../api/resource.ts';
import type { User } from '../../api/user.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import { readSigningRequest, type SigningRequest } from '../../base/x509/signing-request.ts';
import type { Entry, WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { allKeys, createController, own, splitKey } from '../controller.ts';
import { requestExpiry } from './lifetime.ts';
import { type SignerRule, signers } from './signers.ts';

/** API: --cluster-signing-duration and the least anybody gets, in seconds. */
const longest = 365 * 24 * 3600;
const shortest = 600;
/** Timers cannot wait longer, in milliseconds. */
const longestWait = 2 ** 31 - 1;

/** What signing needs of the hub. */
export interface CertificateAuthority {
  /** A PEM certificate for what was asked for. */
  sign(order: {
    readonly request: SigningRequest;
    readonly purpose: 'client' | 'server';
    readonly keyEncipherment: boolean;
    readonly seconds: number;
  }): string;
  /** May `user` create this subresource of CertificateSigningRequests? */
  may(user: User, subresource: 'selfnodeclient' | 'nodeclient'): boolean;
}

function requester({ spec }: CertificateSigningRequest): User {
  const { username = '', groups = [], uid, extra } = spec;
  return {
    name: username,
    groups,
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** The permission that approves a node's request by itself, with what is then told; undefined when there is none. */
export function selfApproval(
  object: CertificateSigningRequest,
  request: SigningRequest,
  may: CertificateAuthority['may'],
): string | undefined {
  const { spec } = object;
  const rule = signers.get(kubeletClientSigner);
  if (spec.signerName !== kubeletClientSigner || rule?.refusal(request, spec.usages ?? []) !== '') return undefined;
  const user = requester(object);
  if (spec.username === request.commonName && may(user, 'selfnodeclient'))
    return 'Auto approving self kubelet client certificate after SubjectAccessReview.';
  return may(user, 'nodeclient') ? 'Auto approving kubelet client certificate after SubjectAccessReview.' : undefined;
}

const isTrue = ({ status }: CertificateSigningRequest, type: string): boolean =>
  status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;

class Certificates {
  readonly #context: ControllerContext;
  readonly #authority: CertificateAuthority;
  readonly #approver: WriteOptions = { ...writerOf('certificate-controller'), subresource: 'approval' };
  readonly #signer: WriteOptions = { ...writerOf('certificate-controller'), subresource: 'status' };

  constructor(context: ControllerContext, authority: CertificateAuthority) {
    this.#context = context;
    this.#authority = authority;
  }

  async reconcile(key: string): Promise<Again> {
    const { registry, clock } = this.#context;
    const entry = registry.get(certificateSigningRequests, '', splitKey(key).name);
    const object = entry?.object<CertificateSigningRequest>();
    if (entry === undefined || object === undefined || object.metadata.deletionTimestamp !== undefined)
      return undefined;
    try {
      const left = requestExpiry(object) - clock.now();
      if (left <= 0) await this.#remove(entry);
      else if (await this.#advance(entry, object)) return undefined;
      return left > 0 && left < Number.POSITIVE_INFINITY ? Math.min(left, longestWait) : undefined;
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return undefined;
      throw error;
    }
  }

  async #remove(entry: Entry): Promise<void> {
    const { uid, name } = entry;
    const options = { ...writerOf('certificate-controller'), preconditions: { uid } };
    await this.#context.registry.delete(certificateSigningRequests, '', name, options);
  }

  /** Does what is to be done now; true when it wrote, which brings the request here again. */
  async #advance(entry: Entry, object: CertificateSigningRequest): Promise<boolean> {
    const { spec, status } = object;
    if (status?.certificate || isTrue(object, 'Denied') || isTrue(object, 'Failed')) return false;
    const rule = signers.get(spec.signerName);
    if (rule === undefined) return false;
    const request = readSigningRequest(Buffer.from(spec.request, 'base64').toString('latin1'));
    if (isTrue(object, 'Approved')) await this.#sign(entry, object, request, rule);
    else {
      const message = selfApproval(object, request, this.#authority.may);
      if (message === undefined) return false;
      await this.#add(entry, { type: 'Approved', status: 'True', reason: 'AutoApproved', message }, this.#approver);
    }
    return true;
  }

  async #sign(
    entry: Entry,
    { spec }: CertificateSigningRequest,
    request: SigningRequest,
    rule: SignerRule,
  ): Promise<void> {
    const usages = spec.usages ?? [];
    const message = rule.refusal(request, usages);
    if (message !== '') {
      const reason = 'SignerValidationFailure';
      return this.#add(entry, { type: 'Failed', status: 'True', reason, message }, this.#signer);
    }
    const seconds = Math.max(shortest, Math.min(spec.expirationSeconds ?? longest, longest));
    const keyEncipherment = usages.includes('key encipherment');
    const pem = this.#authority.sign({ request, purpose: rule.purpose, keyEncipherment, seconds });
    await this.#write(entry, this.#signer, (status) => {
      status.certificate = Buffer.from(pem).toString('base64');
    });
  }

  #add(entry: Entry, condition: CertificateSigningRequestCondition, options: WriteOptions): Promise<void> {
    return this.#write(entry, options, (status) => {
      status.conditions = [...(status.conditions ?? []), condition];
    });
  }

  async #write(
    { name, uid }: Entry,
    options: WriteOptions,
    change: (status: NonNullable<CertificateSigningRequest['status']>) => void,
  ): Promise<void> {
    const put = (object: CertificateSigningRequest): void => {
      if (object.metadata.uid !== uid) return;
      object.status ??= {};
      change(object.status);
    };
    await this.#context.registry.modify(certificateSigningRequests, '', name, put, options);
  }
}

/** The approving, signing and cleaning controllers in one: each request is always in exactly one of their hands. */
export function createCertificateController(context: ControllerContext, authority: CertificateAuthority): Part {
  const controller = new Certificates(context, authority);
  return createController({
    name: 'certificates',
    context,
    interests: [own(certificateSigningRequests)],
    initial: () => allKeys(context, certificateSigningRequests),
    reconcile: (key) => controller.reconcile(key),
  });
}
