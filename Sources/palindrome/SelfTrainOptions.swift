import Evaluation
import SelfTraining
import Settings
import Training

/// The options of `selftrain`.
enum SelfTrainOptions {
  private static let usual = SelfTrainingSettings()

  static let labels = Setting.requiredPath(
    "labels",
    "A table with the columns path,label and, where clips belong together (of one subject), group; paths relative to "
      + "the FOLDER. Two clips a class at least; a clip whose label is left empty counts as unlabelled.",
    placeholder: "FEW.csv")
  static let test = Setting.path(
    "test",
    "Labels that nothing is learned from: the same columns, other clips and groups. They say what the classifier is "
      + "worth.", placeholder: "TEST.csv")
  static let out = Setting.requiredPath(
    "out", "The folder to make of the classifier.", placeholder: "CLS")
  static let cache = Setting.path(
    "cache",
    "Folder in which the embeddings of clips are kept: another run on the same clips finds them there. By default "
      + "selftrain-cache beside CLS.", placeholder: "DIR")

  static let method = Setting.choice(
    "method", SelfTrainingMethod.allCases.map(\.rawValue), default: usual.method.rawValue,
    "How unlabelled clips are learned from; noisy-student is the whole recipe, the others are for comparison."
  )
  static let prior = Setting.choice(
    "prior", ClassPrior.allCases.map(\.rawValue), default: usual.prior.rawValue,
    "How frequent the classes are taken to be among the unlabelled clips: as among the labels, all alike (uniform), or "
      + "as predicted (none). automatic: as the labels, uniform where a class has fewer than five, and since nobody has "
      + "said so, predictions are brought only a third of the way there.")
  static let rounds = Setting.int(
    "rounds", default: usual.rounds, in: 0...20, "The most rounds after the labels alone.")
  static let listNext = Setting.int(
    "list-next", default: 0, in: 0...10_000,
    "Name so many clips whose labels would help most, in CLS/next.csv and with pictures in CLS/next.html."
  )

  static let finetune = Setting.flag(
    "finetune",
    "After the rounds, train the encoder itself on the clips. It is kept only where labels that were hidden from it speak "
      + "for it; that is found out by four more trainings, so that it takes minutes. Of two labels a class, or two groups, "
      + "it cannot be found out: without --test nothing is trained then.")
  static let finetuneSteps = Setting.int(
    "finetune-steps", default: FineTuningPlan().steps, in: 1...100_000,
    "Steps of each training with --finetune.")

  static let temporal = Setting.flag(
    "temporal", default: true,
    "Leave out the mean change from frame to frame, which otherwise stands beside the mean: it tells actions apart, and "
      + "did no harm to anything else that was measured.")
  static let views = Setting.int(
    "views", default: 4, in: 1...EmbeddingSettings.mostViews,
    "How often each clip is embedded: as it is, and then other stretches and crops of it, the sound shifted and louder "
      + "or softer.")
  static let mirror = Setting.flag(
    "mirror", "Mirror half of the views: where left and right do not tell classes apart.")

  static let output = OptionGroup(
    "labels and output", [labels.option, test.option, out.option, cache.option, listNext.option])
  static let learning = OptionGroup(
    "learning",
    [
      method.option, prior.option, rounds.option, finetune.option, finetuneSteps.option,
    ])
  static let clips = OptionGroup(
    "clips",
    [
      EmbedOptions.modality.option, EmbedOptions.clip.option, EmbedOptions.windows.option,
      EmbedOptions.rate.option, EmbedOptions.size.option, temporal.option,
      views.option, mirror.option,
    ])

  /// How the encoder is fine-tuned; nil where that was not asked for.
  static func fineTuning(_ values: OptionValues) throws(CommandFailure) -> FineTuningPlan? {
    guard values[finetune] else {
      guard !values.isGiven(finetuneSteps) else {
        throw CommandFailure(
          .usage, "--finetune-steps has no part without --finetune; add it, or leave the steps out")
      }
      return nil
    }
    var plan = FineTuningPlan()
    plan.steps = values[finetuneSteps]
    return plan
  }

  /// What was asked for of the learning.
  static func settings(_ invocation: Invocation) -> SelfTrainingSettings {
    let values = invocation.values
    var settings = SelfTrainingSettings()
    settings.method = SelfTrainingMethod(rawValue: values[method]) ?? usual.method
    settings.prior = ClassPrior(rawValue: values[prior]) ?? usual.prior
    settings.rounds = values[rounds]
    settings.seed = invocation.seed
    return settings
  }
}
