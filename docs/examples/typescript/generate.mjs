// Writes the types of all values of the contract: node generate.mjs ../../../schemas kabar.d.ts
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { argv } from "node:process";
import { compile } from "json-schema-to-typescript";

const [folder, file] = argv.slice(2);
const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
const values = await Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8"))));

// One document, so that what several values have in common is declared once.
const definitions = {};
for (const { $schema, $id, $defs, ...value } of values) {
  Object.assign(definitions, $defs, { [value.title]: value });
}
const document = {
  title: "Value",
  description: "A value on one of Kabar's topics.",
  anyOf: values.map(({ title }) => ({ $ref: `#/$defs/${title}` })),
  $defs: Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, sayable(schema)])),
};
const types = await compile(document, "Value", {
  // A schema allows fields that are added later. In a type they would let every misspelt name pass.
  additionalProperties: false,
  bannerComment: "// The values of Kabar's contract, made from schemas/ by generate.mjs: `make types` makes them anew.",
  style: { printWidth: 110 },
});
await writeFile(file, types);

/** A schema without what no type can say, and with references that keep their descriptions. */
function sayable(schema) {
  if (Array.isArray(schema)) {
    return schema.map(sayable);
  }
  if (schema === null || typeof schema !== "object") {
    return schema;
  }
  const { $ref, allOf, if: _if, then: _then, not: _not, ...rest } = schema;
  const said = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, sayable(value)]));
  if ($ref === undefined) {
    return said;
  }
  return Object.keys(rest).length > 0 ? { ...said, allOf: [{ $ref }] } : { $ref };
}
