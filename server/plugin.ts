import type { LyrebirdConfig } from './config';
import { KIBANA_FEATURE } from './features';
import { Jobs } from './jobs';
import type { CoreSetup, CoreStart, Logger, PluginInitializerContext, PluginsSetup, PluginsStart } from './kibana';
import { EmbeddedNode, NodeClient, remoteEndpoint } from './node';
import { entityAliases, ModelPseudonyms } from './pseudonyms';
import { registerRoutes } from './routes';
import { RuleStore } from './rules';
import { augment, evaluate, finetune, generate, score, train } from './services';

/** Lyrebird in Kibana: its routes, its jobs, and the model node that it talks to. */
export class LyrebirdPlugin {
  private readonly logger: Logger;
  private readonly config: LyrebirdConfig;
  private embedded?: EmbeddedNode;
  private node?: NodeClient;
  private jobs?: Jobs;
  private security?: PluginsStart['security'];

  constructor(context: PluginInitializerContext<LyrebirdConfig>) {
    this.logger = context.logger;
    this.config = context.config.get();
  }

  setup(core: CoreSetup, plugins: PluginsSetup): void {
    const { node: settings, limits } = this.config;
    if (!settings.url) this.embedded = new EmbeddedNode({ ...settings.embedded, logger: this.logger.get('node') });
    const endpoint = this.embedded ?? remoteEndpoint({ ...settings, url: settings.url! });
    const node = new NodeClient({ endpoint, requestTimeoutMs: settings.requestTimeoutMs });
    const pseudonyms = new ModelPseudonyms(this.config.pseudonyms, this.logger.get('pseudonyms'));
    const audit = this.logger.get('audit');
    const rules = new RuleStore();
    const work = { node, limits, pseudonyms, audit, rules };
    const jobs = new Jobs({
      works: { train: (job) => train(work, job), finetune: (job) => finetune(work, job), augment: (job) => augment(work, job), evaluate: (job) => evaluate(work, job), generate: (job) => generate(work, job), score: (job) => score(work, job) },
      logger: this.logger.get('jobs'),
    });
    this.node = node;
    this.jobs = jobs;
    plugins.features?.registerKibanaFeature(KIBANA_FEATURE);
    registerRoutes(core.http.createRouter(), {
      node,
      jobs,
      limits,
      pseudonyms,
      audit,
      rules: { store: rules, names: (name) => entityAliases(pseudonyms, name), audit },
      logger: this.logger.get('routes'),
      username: (core, request) => (core.security ?? this.security)?.authc.getCurrentUser(request)?.username,
    });
  }

  start(_core: CoreStart, { security }: PluginsStart): void {
    this.security = security;
    this.embedded?.start();
  }

  /** Jobs first, so that their state is stored while the node still answers. */
  async stop(): Promise<void> {
    await this.jobs?.stop();
    await this.embedded?.stop();
    this.node?.close();
  }
}
