/** The sample organisation: synthetic but lifelike Entra ID, CloudTrail and Confluence logs with labelled attacks. */
export { DATASETS, indexOf, type Dataset, type SampleEvent, type SampleLabel } from './events';
export { periodOf, simulate, type Period, type SimulateOptions } from './simulate';
export { DETECTION_RULES, runRule, type Alert, type DetectionRule } from './rules';
export { TECHNIQUE_IDS, TECHNIQUES, type Technique, type TechniqueId } from './attacks';
export { indexTemplates, LABELS_INDEX, LABELS_MAPPING, labelsIndexOf, mappingOf } from './mapping';
export { loadSample, type LoadOptions, type LoadProgress, type LoadResult } from './elasticsearch';
