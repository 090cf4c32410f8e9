/** Keeps the flow schemas and priority levels of the cluster's own, and tells of schemas whose level is not there. */
import { isAlreadyExists, isNotFound } from '../../api/errors.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/flow-control.ts';
import { bootstrapLevels, bootstrapSchemas } from '../../api/flow-control-bootstrap.ts';
import { flowSchemas, priorityLevels, type ResourceRef } from '../../api/resource.ts';
import { authenticatedGroup, mastersGroup } from '../../api/user.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { WriteOptions } from '../../registry/registry.ts';
import type { ControllerContext } from '../context.ts';
import { createController, splitKey } from '../controller.ts';
import { danglingCondition, fresh, repair } from './kept.ts';

type Kept = FlowSchema | PriorityLevelConfiguration;

const writing: WriteOptions = {
  user: { name: 'system:apiserver', groups: [mastersGroup, authenticatedGroup] },
  manager: 'api-priority-and-fairness-config-producer-v1',
};
const telling: WriteOptions = {
  ...writing,
  manager: 'api-priority-and-fairness-config-consumer-v1',
  subresource: 'status',
};

/** Keys are `schema/NAME` and `level/NAME`. */
const schemaKey = (name: string): string => `schema/${name}`;
const levelKey = (name: string): string => `level/${name}`;

const schemas = new Map(bootstrapSchemas.map((one) => [one.metadata.name ?? '', one]));
const levels = new Map(bootstrapLevels.map((one) => [one.metadata.name ?? '', one]));

/** Makes the controller. */
export function createFlowControlController(context: ControllerContext): Part {
  const { registry, clock } = context;

  const keep = async (ref: ResourceRef, name: string, wanted: Kept | undefined): Promise<void> => {
    if (wanted === undefined) return;
    try {
      const stored = registry.get(ref, '', name)?.object<Kept>();
      if (stored === undefined) await registry.create(ref, '', fresh(wanted), writing);
      else if (repair(structuredClone(stored), wanted)) {
        await registry.modify<Kept>(ref, '', name, (now) => void repair(now, wanted), writing);
      }
    } catch (error) {
      // somebody else was faster; the change they made comes here by itself
      if (!isAlreadyExists(error) && !isNotFound(error)) throw error;
    }
  };

  const tell = async (name: string): Promise<void> => {
    const condition = (schema: FlowSchema): ReturnType<typeof danglingCondition> => {
      const level = schema.spec?.priorityLevelConfiguration.name ?? '';
      const now = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
      return danglingCondition(schema, registry.get(priorityLevels, '', level) !== undefined, now);
    };
    const stored = registry.get(flowSchemas, '', name)?.object<FlowSchema>();
    if (stored === undefined || condition(stored) === undefined) return;
    const put = (schema: FlowSchema): void => {
      const wanted = condition(schema);
      if (wanted === undefined) return;
      const others = (schema.status?.conditions ?? []).filter(({ type }) => type !== 'Dangling');
      schema.status = { ...schema.status, conditions: [...others, wanted] };
    };
    try {
      await registry.modify<FlowSchema>(flowSchemas, '', name, put, telling);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };

  const of = function* (level: string): Iterable<string> {
    yield levelKey(level);
    for (const entry of registry.entries(flowSchemas)) {
      if (entry.object<FlowSchema>().spec?.priorityLevelConfiguration.name === level) yield schemaKey(entry.name);
    }
  };

  return createController({
    name: 'flow-control',
    context,
    interests: [
      { ref: flowSchemas, keys: ({ entry }) => [schemaKey(entry.name)] },
      { ref: priorityLevels, keys: ({ entry }) => of(entry.name) },
    ],
    initial: function* () {
      yield* [...levels.keys()].map(levelKey);
      yield* [...schemas.keys()].map(schemaKey);
      for (const entry of registry.entries(flowSchemas)) yield schemaKey(entry.name);
    },
    async reconcile(key) {
      const { namespace: kind, name } = splitKey(key);
      if (kind === 'level') {
        await keep(priorityLevels, name, levels.get(name));
        return undefined;
      }
      await keep(flowSchemas, name, schemas.get(name));
      await tell(name);
      return undefined;
    },
    workers: 32,
  });
}
