export { generateEvents } from './generator';
