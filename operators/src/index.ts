export { apiToTable, type ApiToTableOptions } from "./api-to-table.ts";
export { csvToTable, type CsvToTableOptions } from "./csv-to-table.ts";
export { partitionPath, partitionUrl } from "./paths/partition-path.ts";
export { jsonTableRecord } from "./records/json-table-record.ts";
export type { OperatorOptions, TableOperatorOptions } from "./table-operator.ts";
export { openDeclared, readDeclared } from "./declared/read-declared.ts";
