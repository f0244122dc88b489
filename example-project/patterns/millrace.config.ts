export { default } from "../millrace.config.ts";
