/** The slice of Kibana's own schema library that the entry uses; Kibana takes a plugin's configuration from nothing else. */
declare module '@kbn/config-schema' {
  export interface Type<T> {
    validate(value: unknown): T;
  }
  export const schema: {
    any(options: { defaultValue: unknown; validate(value: unknown): string | undefined }): Type<unknown>;
  };
}
