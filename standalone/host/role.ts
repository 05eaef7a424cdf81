import { z } from 'zod';
import type { FeaturesPluginSetup } from '../../server/kibana';

/** What an administrator grants of a feature in Kibana's role management. */
export type Role = 'all' | 'read';

const privilegeSchema = z.object({ api: z.array(z.string()).default([]), ui: z.array(z.string()) });
const featureSchema = z.object({
  id: z.string(),
  privileges: z.object({ all: privilegeSchema, read: privilegeSchema }),
  subFeatures: z
    .array(z.object({ privilegeGroups: z.array(z.object({ privileges: z.array(privilegeSchema.extend({ includeIn: z.enum(['all', 'read', 'none']) })) })) }))
    .default([]),
});

/** UI capabilities by feature, as `core.application.capabilities` has them. */
export type Capabilities = Record<string, Record<string, boolean>>;

/** Kibana's features plugin and its role management, for the one person that the host knows. */
export class Grants implements FeaturesPluginSetup {
  readonly capabilities: Capabilities = {};
  private readonly registered = new Set<string>();
  private readonly granted = new Set<string>();

  constructor(private readonly role: Role) {}

  registerKibanaFeature(feature: object): void {
    const { id, privileges, subFeatures } = featureSchema.parse(feature);
    const sub = subFeatures.flatMap(({ privilegeGroups }) => privilegeGroups.flatMap((group) => group.privileges));
    // As in Kibana, what is part of `read` is part of `all`.
    const mine = [privileges[this.role], ...sub.filter(({ includeIn }) => includeIn === 'read' || includeIn === this.role)];
    for (const { api } of [privileges.all, privileges.read, ...sub]) for (const name of api) this.registered.add(name);
    for (const { api } of mine) for (const name of api) this.granted.add(name);
    const may = new Set(mine.flatMap(({ ui }) => ui));
    this.capabilities[id] = Object.fromEntries([privileges.all, privileges.read, ...sub].flatMap(({ ui }) => ui).map((name) => [name, may.has(name)]));
  }

  /** Those of a route's privileges that the person lacks; one that no feature has registered is nobody's to lack. */
  missing(required: readonly string[]): string[] {
    return required.filter((name) => this.registered.has(name) && !this.granted.has(name));
  }
}
