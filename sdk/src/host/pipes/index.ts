export type { AssetKey } from "./asset-key.ts";
export type { PipesBounds, PipesContextData, PipesProvenance } from "./context-data.ts";
export { PipesContext } from "./context.ts";
export type { Json } from "./json.ts";
export {
  type ColumnSource,
  metadata,
  type MetadataInput,
  type MetadataType,
  type MetadataValue,
  type TableColumn,
} from "./metadata.ts";
export { openPipes, type OpenPipesOptions } from "./open-pipes.ts";
export { decodeParam, encodeParam, findParams, type ParamsSources, type PipesParams } from "./params.ts";
export type { LogLevel, PipesException, PipesMessage, StdioStream } from "./protocol.ts";
export type { AssetCheck, Materialization } from "./reports.ts";
export { PipesSession, type PipesSessionOptions } from "./session.ts";
export { openChunkWriter, type UploadChunk } from "./writers/chunk-writer.ts";
export type { PipesWriter } from "./writers/writer.ts";
