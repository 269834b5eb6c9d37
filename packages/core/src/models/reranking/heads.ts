import { scope, type Tensor, tanh } from '@ragwright/torch';
import {
  type ActivationName,
  activations,
  allOrNothing,
  constantInit,
  Dropout,
  LayerNorm,
  Linear,
  Module,
  type ParameterOptions,
  truncatedNormalInit,
} from '@ragwright/torch/nn';
import { initializeBert, initializeOrDispose } from '../encoderParts.ts';

/*
 * The heads of transformers' …ForSequenceClassification, one for each family of encoders. Fields are called as in the
 * checkpoint; BERT's pooler, which lies within the encoder there (`bert.pooler`), belongs to the head here.
 */

/** From one vector per sequence to logits. */
export interface SequenceClassificationHead extends Module {
  /** Outputs per sequence. */
  readonly labels: number;
  /** The vector: hidden state of the first token, or the mean over all tokens. */
  readonly pooling: 'cls' | 'mean';
  /** x [n, hidden] → logits [n, labels] */
  forward(x: Tensor): Tensor;
}

/** What all heads need to know. */
export interface HeadSettings {
  readonly hiddenSize: number;
  readonly labels: number;
  readonly dropout: number;
  /** Standard deviation of new weights. */
  readonly std: number;
}

/** BERT: classifier(dropout(tanh(pooler(x)))). */
export class BertHead extends Module implements SequenceClassificationHead {
  readonly labels: number;
  readonly pooling = 'cls';
  readonly pooler: { readonly dense: Linear };
  readonly dropout: Dropout;
  readonly classifier: Linear;

  constructor({ hiddenSize, labels, dropout, std }: HeadSettings, options: ParameterOptions = {}) {
    super();
    const { pooler, classifier } = allOrNothing(() => ({
      pooler: { dense: new Linear(hiddenSize, hiddenSize, options) },
      classifier: new Linear(hiddenSize, labels, options),
    }));
    this.labels = labels;
    this.pooler = pooler;
    this.dropout = new Dropout(dropout);
    this.classifier = classifier;
    if (!options.uninitialized) initializeOrDispose(this, () => initializeBert(this, std));
  }

  forward(x: Tensor): Tensor {
    return scope(() => this.classifier.forward(this.dropout.forward(tanh(this.pooler.dense.forward(x)))));
  }
}

/** RoBERTa, XLM-RoBERTa and MPNet: out_proj(dropout(tanh(dense(dropout(x))))). */
export class RobertaHead extends Module implements SequenceClassificationHead {
  readonly labels: number;
  readonly pooling = 'cls';
  readonly classifier: { readonly dense: Linear; readonly dropout: Dropout; readonly out_proj: Linear };

  constructor({ hiddenSize, labels, dropout, std }: HeadSettings, options: ParameterOptions = {}) {
    super();
    this.labels = labels;
    this.classifier = allOrNothing(() => ({
      dense: new Linear(hiddenSize, hiddenSize, options),
      dropout: new Dropout(dropout),
      out_proj: new Linear(hiddenSize, labels, options),
    }));
    if (!options.uninitialized) initializeOrDispose(this, () => initializeBert(this, std));
  }

  forward(x: Tensor): Tensor {
    const { dense, dropout, out_proj } = this.classifier;
    return scope(() => out_proj.forward(dropout.forward(tanh(dense.forward(dropout.forward(x))))));
  }
}

/** DistilBERT: classifier(dropout(relu(pre_classifier(x)))). */
export class DistilBertHead extends Module implements SequenceClassificationHead {
  readonly labels: number;
  readonly pooling = 'cls';
  readonly pre_classifier: Linear;
  readonly dropout: Dropout;
  readonly classifier: Linear;

  constructor({ hiddenSize, labels, dropout, std }: HeadSettings, options: ParameterOptions = {}) {
    super();
    const { before, classifier } = allOrNothing(() => ({
      before: new Linear(hiddenSize, hiddenSize, options),
      classifier: new Linear(hiddenSize, labels, options),
    }));
    this.labels = labels;
    this.pre_classifier = before;
    this.dropout = new Dropout(dropout);
    this.classifier = classifier;
    if (!options.uninitialized) initializeOrDispose(this, () => initializeBert(this, std));
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const wide = activations.relu(this.pre_classifier.forward(x));
      return this.classifier.forward(this.dropout.forward(wide));
    });
  }
}

export interface ModernBertHeadSettings extends HeadSettings {
  readonly pooling: 'cls' | 'mean';
  readonly activation: ActivationName;
  /** Whether the dense layer has a bias. */
  readonly bias: boolean;
  readonly normBias: boolean;
  readonly normEps: number;
  /** Layers of the encoder: new weights are smaller in deeper models. */
  readonly layers: number;
  /** New weights are cut at so many standard deviations. */
  readonly cutoff: number;
}

/** ModernBERT: classifier(dropout(norm(act(dense(x))))). */
export class ModernBertHead extends Module implements SequenceClassificationHead {
  readonly labels: number;
  readonly pooling: 'cls' | 'mean';
  readonly head: { readonly dense: Linear; readonly norm: LayerNorm };
  readonly drop: Dropout;
  readonly classifier: Linear;
  readonly #activation: ActivationName;

  constructor(settings: ModernBertHeadSettings, options: ParameterOptions = {}) {
    super();
    const { hiddenSize, labels, bias, normBias, normEps } = settings;
    const { head, classifier } = allOrNothing(() => ({
      head: {
        dense: new Linear(hiddenSize, hiddenSize, { ...options, bias }),
        norm: new LayerNorm(hiddenSize, { ...options, eps: normEps, bias: normBias }),
      },
      classifier: new Linear(hiddenSize, labels, options),
    }));
    this.labels = labels;
    this.pooling = settings.pooling;
    this.head = head;
    this.drop = new Dropout(settings.dropout);
    this.classifier = classifier;
    this.#activation = settings.activation;
    if (!options.uninitialized) initializeOrDispose(this, () => this.#initialize(settings));
  }

  /** Truncated normal: σ / √(2·layers) for the dense layer, 1 / √hidden for the classifier; biases 0. */
  #initialize({ std, layers, hiddenSize, cutoff }: ModernBertHeadSettings): void {
    const dense = std / Math.sqrt(2 * Math.max(1, layers));
    truncatedNormalInit(this.head.dense.weight, { std: dense, cutoff });
    truncatedNormalInit(this.classifier.weight, { std: hiddenSize ** -0.5, cutoff });
    for (const { bias } of [this.head.dense, this.classifier]) if (bias) constantInit(bias, 0);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const wide = activations[this.#activation](this.head.dense.forward(x));
      return this.classifier.forward(this.drop.forward(this.head.norm.forward(wide)));
    });
  }
}
