export { augmentModel, type AugmentModelOptions } from './augment_model';
export { compare, type Compared } from './compare';
export { Guise } from './guise';
export { readHits, type Reading } from './held_out';
export { planAugment, type AugmentPlan } from './plan';
export { writeSynthetic } from './write';
