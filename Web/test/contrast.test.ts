import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { colourCount } from "../src/charts/run-style";

const sheet = readFileSync(`${process.cwd()}/src/styles/tokens.css`, "utf8");

function tokens(selector: string): Map<string, string> {
  const start = sheet.indexOf(`${selector} {`);
  const block = sheet.slice(start, sheet.indexOf("}", start));
  return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1] ?? "", match[2] ?? ""]));
}

/** Relative luminance of WCAG 2.2. */
function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const grounds = ["bg", "surface", "raised", "sunken", "hover", "accent-soft"];
const text: [string, string, number][] = [
  ...["text", "text-quiet", "accent"].flatMap((ink) => grounds.map((ground): [string, string, number] => [ink, ground, 4.5])),
  ...["good", "warn", "bad"].flatMap((ink) =>
    ["bg", "surface", "raised", "hover", `${ink}-soft`].map((ground): [string, string, number] => [ink, ground, 4.5])),
  ["on-accent", "accent", 4.5],
  ["border-strong", "surface", 3],
  ["border-strong", "bg", 3],
  ["reference", "surface", 3],
  ...Array.from({ length: colourCount }, (_, index): [string, string, number] => [`run-${index}`, "surface", 3]),
];

for (const selector of [":root", ':root[data-theme="dark"]']) {
  test(`every pair of colours has its contrast in ${selector}`, () => {
    const colours = tokens(selector);
    for (const [ink, ground, least] of text) {
      const [a, b] = [colours.get(ink), colours.get(ground)];
      assert.ok(a !== undefined && b !== undefined, `${ink} or ${ground} is no token`);
      const ratio = contrast(a ?? "", b ?? "");
      assert.ok(ratio >= least, `${ink} on ${ground}: ${ratio.toFixed(2)} is below ${least}`);
    }
  });
}
