/** The reference of all ready-made operators as Markdown, from the schemas that check their declarations. */
export declare function operatorReference(): string;
//# sourceMappingURL=reference.d.ts.map
