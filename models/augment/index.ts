export { augmentModel, type AugmentModelOptions } from './augment_model';
