/** resource.k8s.io between v1, where it is stored, and v1beta1, which wrote requests flat and devices nested. */
import type { JsonObject, KubeObject } from '../../api/object.ts';

type Reshape = (item: JsonObject) => JsonObject;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy of `value` in which the list at `path` was reshaped item by item; `value` itself when there is none. */
function mapItems(value: unknown, path: readonly string[], reshape: Reshape): unknown {
  const [field, ...rest] = path;
  if (field === undefined) {
    return Array.isArray(value) ? value.map((item: unknown) => (isObject(item) ? reshape(item) : item)) : value;
  }
  if (!isObject(value) || value[field] === undefined) return value;
  return { ...value, [field]: mapItems(value[field], rest, reshape) };
}

/** v1: what is asked for exactly is nested. */
const nestRequest: Reshape = ({ name, firstAvailable, ...exactly }) => ({
  name,
  ...(firstAvailable === undefined ? {} : { firstAvailable }),
  ...(firstAvailable === undefined || Object.keys(exactly).length > 0 ? { exactly } : {}),
});

const flattenRequest: Reshape = ({ exactly, ...request }) => ({ ...request, ...(isObject(exactly) ? exactly : {}) });

/** v1beta1: what a device is lies under `basic`. */
const nestDevice: Reshape = ({ name, ...basic }) => ({ name, basic });

const flattenDevice: Reshape = ({ basic, ...device }) => ({ ...device, ...(isObject(basic) ? basic : {}) });

const reshaped = (path: readonly string[], reshape: Reshape) => (object: KubeObject) =>
  mapItems(object, path, reshape) as KubeObject;

const requests = ['spec', 'devices', 'requests'];
const templateRequests = ['spec', ...requests];
const devices = ['spec', 'devices'];

/** ResourceClaim v1 → v1beta1. */
export const claimFromV1 = reshaped(requests, flattenRequest);
/** ResourceClaim v1beta1 → v1. */
export const claimToV1 = reshaped(requests, nestRequest);
/** ResourceClaimTemplate v1 → v1beta1. */
export const templateFromV1 = reshaped(templateRequests, flattenRequest);
/** ResourceClaimTemplate v1beta1 → v1. */
export const templateToV1 = reshaped(templateRequests, nestRequest);
/** ResourceSlice v1 → v1beta1. */
export const sliceFromV1 = reshaped(devices, nestDevice);
/** ResourceSlice v1beta1 → v1. */
export const sliceToV1 = reshaped(devices, flattenDevice);
