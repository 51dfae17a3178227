import { ProgressPanel } from "./element.js";

customElements.define("nn-progress", ProgressPanel);
