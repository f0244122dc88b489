export { csvToTable, type CsvToTableOptions } from "./csv-to-table.ts";
