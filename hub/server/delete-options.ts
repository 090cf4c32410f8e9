/** Options of deletions: from the query, or from a DeleteOptions body. API: meta/v1 DeleteOptions. */
import { ApiError, badRequest } from '../api/errors.ts';
import { type FieldError, invalid, invalidObject, notSupported } from '../api/field-error.ts';
import type { ResourceInfo } from '../kinds/kind.ts';
import type { DeleteOptions } from '../registry/registry.ts';
import { readBody } from './body.ts';
import type { Call } from './call.ts';
import { bodyValue } from './decode-body.ts';
import { booleanParameter, integerParameter } from './list/list-options.ts';
import type { Services } from './services.ts';
import { dryRunErrors, writeOptions } from './write-options.ts';

/** What a DeleteOptions body may say. */
export interface DeleteWire {
  apiVersion?: string;
  kind?: string;
  dryRun?: string[];
  gracePeriodSeconds?: number;
  orphanDependents?: boolean;
  propagationPolicy?: string;
  preconditions?: { uid?: string; resourceVersion?: string };
}

const deleteOptionsType = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

const policies = ['Foreground', 'Background', 'Orphan'];

/** Reads and checks the options of a DELETE. A body, when there is one, takes the place of the query. */
export async function deleteOptions(services: Services, call: Call): Promise<DeleteOptions> {
  const body = await readBody(call.req);
  return optionsFrom(call, body.length > 0 ? await wireOf(services, call, body) : wireOfQuery(call));
}

/** Checks options that came as an object (an Eviction carries them). */
export function optionsFrom(call: Call, wire: DeleteWire): DeleteOptions {
  const dryRun = wire.dryRun ?? [];
  const errors = [...dryRunErrors(dryRun), ...policyErrors(wire)];
  if (errors.length > 0) throw invalidObject('meta.k8s.io', 'DeleteOptions', '', errors);
  const policy = wire.propagationPolicy as DeleteOptions['propagationPolicy'] | undefined;
  const orphan = wire.orphanDependents;
  const chosen = policy ?? (orphan === undefined ? undefined : orphan ? 'Orphan' : 'Background');
  const base = writeOptions(call, 'DeleteOptions');
  return {
    ...base,
    dryRun: base.dryRun === true || dryRun.length > 0,
    ...(wire.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: wire.gracePeriodSeconds }),
    ...(chosen === undefined ? {} : { propagationPolicy: chosen }),
    ...(wire.preconditions === undefined ? {} : { preconditions: wire.preconditions }),
  };
}

/** Warns who deletes Jobs without saying what becomes of their Pods. API: batch/v1 leaves them. */
export function warnOfOrphans(call: Call, info: ResourceInfo, options: DeleteOptions): void {
  if (info.resource !== 'jobs' || info.group !== 'batch' || options.propagationPolicy !== undefined) return;
  call.warn(
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  );
}

function policyErrors(wire: DeleteWire): FieldError[] {
  const policy = wire.propagationPolicy;
  if (policy === undefined) return [];
  if (wire.orphanDependents !== undefined) {
    return [invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set')];
  }
  return policies.includes(policy) ? [] : [notSupported('propagationPolicy', policy, [...policies, 'nil'])];
}

async function wireOf(services: Services, call: Call, body: Buffer): Promise<DeleteWire> {
  const value = await bodyValue(services, call, deleteOptionsType, body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('the request body must be a DeleteOptions object');
  }
  const wire = value as DeleteWire;
  if (wire.kind !== undefined && wire.kind !== '' && wire.kind !== 'DeleteOptions') {
    const version = JSON.stringify(wire.apiVersion ?? '');
    throw new ApiError(
      'InternalError',
      `no kind ${JSON.stringify(wire.kind)} is registered for version ${version} in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"`,
    );
  }
  checkTypes(wire);
  call.audit?.requested(wire);
  return wire;
}

function checkTypes(wire: DeleteWire): void {
  const wrong = (field: string, type: string): Error =>
    badRequest(`DeleteOptions in version "v1" cannot be handled as a DeleteOptions: ${field} must be ${type}`);
  const { dryRun, gracePeriodSeconds, orphanDependents, propagationPolicy, preconditions } = wire;
  if (dryRun !== undefined && !(Array.isArray(dryRun) && dryRun.every((one) => typeof one === 'string'))) {
    throw wrong('dryRun', 'a list of strings');
  }
  if (gracePeriodSeconds !== undefined && !Number.isInteger(gracePeriodSeconds)) {
    throw wrong('gracePeriodSeconds', 'a whole number');
  }
  if (orphanDependents !== undefined && typeof orphanDependents !== 'boolean')
    throw wrong('orphanDependents', 'true or false');
  if (propagationPolicy !== undefined && typeof propagationPolicy !== 'string')
    throw wrong('propagationPolicy', 'a string');
  if (preconditions !== undefined && (typeof preconditions !== 'object' || preconditions === null)) {
    throw wrong('preconditions', 'an object');
  }
  for (const field of ['uid', 'resourceVersion'] as const) {
    const value: unknown = preconditions?.[field];
    // API: null is not set
    if (value === null) delete preconditions?.[field];
    else if (value !== undefined && typeof value !== 'string') throw wrong(`preconditions.${field}`, 'a string');
  }
}

function wireOfQuery(call: Call): DeleteWire {
  if (call.search === '') return {};
  const grace = integerParameter(call, 'gracePeriodSeconds');
  const orphan = booleanParameter(call, 'orphanDependents');
  const policy = call.query.get('propagationPolicy');
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(orphan === undefined ? {} : { orphanDependents: orphan }),
    ...(policy === null || policy === '' ? {} : { propagationPolicy: policy }),
  };
}
