import { applyTheme } from "./theme";

// Runs before the first paint, so that the page never flashes in the wrong theme.
applyTheme();
