// Everything the pages run: one import a feature. Each defines its own elements.

import { ActivationsElement } from "./activations/element.js";
import { AttentionElement } from "./attention/element.js";
import { NeuronElement } from "./neuron/element.js";
import "./quiz/index.js";

customElements.define("nn-activations", ActivationsElement);
customElements.define("nn-attention", AttentionElement);
customElements.define("nn-neuron", NeuronElement);
