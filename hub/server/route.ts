/** Routing: from a path and a method to a resource and an API verb, refusing as the API server refuses. */
import { ApiError } from '../api/errors.ts';
import type { Catalogue, ResourceInfo, SubresourceInfo } from '../kinds/kind.ts';
import type { Call, Verb } from './call.ts';
import type { ResourceTarget } from './path.ts';
import { PlainFailure } from './plain-failure.ts';

/** Where a request goes. */
export interface Route {
  readonly info: ResourceInfo;
  readonly subresource: SubresourceInfo | undefined;
}

/** 404: no such path below /api and /apis. */
export function noSuchResource(): ApiError {
  return new ApiError('NotFound', 'the server could not find the requested resource', { details: {} });
}

/** 404 outside the groups there always are: API, nobody is left there to say more than that. */
function noSuchPage(): PlainFailure {
  return new PlainFailure('NotFound', '404 page not found');
}

function hasBuiltIns(catalogue: Catalogue, group: string): boolean {
  return catalogue
    .groupVersions()
    .some((one) => one.group === group && one.resources.some(({ custom }) => custom === undefined));
}

/** 405: the path is there, the method is not. */
export function noSuchMethod(): ApiError {
  return new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {
    details: {},
  });
}

/** The verb of a request, also for paths that turn out not to exist: authorization comes before routing. */
export function verbOf(call: Call, target: ResourceTarget): Verb {
  switch (call.method) {
    case 'GET':
    case 'HEAD':
      if (target.watch) return 'watch';
      if (target.name !== '') return 'get';
      return call.search !== '' && watches(call.query) ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return target.name === '' ? 'deletecollection' : 'delete';
    default:
      return '';
  }
}

/** API: watch is a boolean parameter; any value but 0 and false turns it on. */
function watches(query: URLSearchParams): boolean {
  const value = query.get('watch');
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** The resource behind a target. Throws NotFound and MethodNotAllowed. */
export function route(catalogue: Catalogue, call: Call, target: ResourceTarget): Route {
  const info = catalogue.find(target.group, target.version, target.resource);
  if (info === undefined) throw hasBuiltIns(catalogue, target.group) ? noSuchResource() : noSuchPage();
  if (target.subresource !== '') return routeSubresource(info, call, target);
  if (info.namespaced !== (target.namespace !== '')) {
    // API: a namespaced resource can be listed and watched in all namespaces.
    if (!info.namespaced || target.name !== '') throw noSuchResource();
    if (call.verb !== 'list' && call.verb !== 'watch') throw noSuchMethod();
  }
  if (call.method === 'HEAD' || !allows(info, call, target)) throw refusal(info, call);
  return { info, subresource: undefined };
}

/** API: nothing is made of a kind whose definition is going. */
function refusal(info: ResourceInfo, call: Call): ApiError {
  if (info.custom?.isTerminating !== true || call.method === 'HEAD') return noSuchMethod();
  const message = `${call.verb} not allowed while custom resource definition is terminating`;
  return new ApiError('MethodNotAllowed', message, { details: { group: info.group, kind: info.resource } });
}

/** API: discovery keeps quiet about it, but objects of a kind whose definition is going change: else no finalizer would ever go. */
function isLastChange({ custom }: ResourceInfo, { verb }: Call): boolean {
  return custom?.isTerminating === true && (verb === 'update' || verb === 'patch');
}

function allows(info: ResourceInfo, call: Call, target: ResourceTarget): boolean {
  if (target.name !== '') {
    if (call.verb === 'create') return false;
    if (call.verb === 'watch') return info.verbs.includes('watch');
    if (!info.verbs.some((verb) => verb === 'get' || verb === 'update' || verb === 'delete')) throw noSuchResource();
  }
  if (target.name === '' && (call.verb === 'update' || call.verb === 'patch')) return false;
  return info.verbs.includes(call.verb) || isLastChange(info, call);
}

function routeSubresource(info: ResourceInfo, call: Call, target: ResourceTarget): Route {
  const subresource = info.subresources.get(target.subresource);
  if (subresource === undefined || info.namespaced !== (target.namespace !== '')) throw noSuchResource();
  if (target.rest !== '' && target.rest !== '/' && !(subresource.connect && subresource.name === 'proxy')) {
    throw noSuchResource();
  }
  if (!subresource.connect && (call.method === 'HEAD' || !subresource.verbs.includes(call.verb))) throw noSuchMethod();
  return { info, subresource };
}
