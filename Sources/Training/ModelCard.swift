import Foundation
import Objectives
import Reporting
import Settings

/// The README of a run folder: what the model is, what it was trained on and what it scored, how it
/// is used, and where its limits are.
package struct ModelCard {
  private let configuration: TrainingConfiguration
  private let state: RunState
  private let dimensions: FeatureDimensions

  package init(
    _ configuration: TrainingConfiguration, _ state: RunState, _ dimensions: FeatureDimensions
  ) {
    self.configuration = configuration
    self.state = state
    self.dimensions = dimensions
  }

  /// The text in Markdown.
  package var text: String {
    """
    # Encoders trained by palindrome

    \(encoders) trained without labels on \(seesPictures ? "videos" : "the sound") of
    \(folders): \(counted(state.step, "step")) in \(NumberText.duration(state.elapsed)), \
    preset `\(configuration.preset)`, seed \(configuration.seed).

    | file | content |
    |---|---|
    | `model.safetensors` | the averaged weights of encoders and heads |
    | `config.json` | all that rebuilds the model and its preprocessing |
    | `metrics.jsonl`, `events.out.tfevents.*`, `report.html` | how training went |
    | `index.json` | the videos that were found, and those left out with the reason |
    | `checkpoints/` | where `--resume` goes on |

    ## On held-out videos

    \(scoreTable)
    \(skipped)
    ## The encoders

    - Image (`visual.`): ResNet-18 cut after layer3 at stride 8,
      width \(configuration.encoder.width), padding `\(configuration.encoder.padding.rawValue)`;
      \(dimensions.visual) channels. It takes RGB in
      0...1 less (0.485, 0.456, 0.406), divided by (0.229, 0.224, 0.225).\
    \(seesPictures ? "" : "\n  It was not trained: no objective of this run uses pictures.")
    - Audio (`audio.`): residual network over log-mel spectrograms of 16 kHz mono sound, 25 ms
      windows every 10 ms, 64 bands scaled as `sound` in
      `config.json` says; \(dimensions.audio) channels.\
    \(hearsSound ? "" : "\n  It was not trained: no objective of this run uses sound.")
    - Heads (`heads.`): what the objectives project the features with; not needed for embeddings.

    In PyTorch, the names under `visual.` are those of torchvision's resnet18, in its layout:

    ```python
    from safetensors.torch import load_file
    weights = load_file("model.safetensors")
    visual = {name[7:]: w for name, w in weights.items() if name.startswith("visual.")}
    network.load_state_dict(visual, strict=False)  # num_batches_tracked is not part of the file
    ```

    ## Objectives

    \(objectives)

    ## Limits

    The features are shaped by the videos above and nothing else: on other kinds of video, measure
    before relying on them. Scores are of videos held out from the same folders, on the
    objectives' own tasks; they say that training worked, not how good the features are for another one.

    """
  }

  private var hearsSound: Bool { configuration.clips.audioSeconds > 0 }
  private var seesPictures: Bool { configuration.clips.pictures }
  private var encoders: String {
    guard seesPictures else { return "An audio encoder" }
    return "An image encoder" + (hearsSound ? " and an audio encoder" : "")
  }

  private var folders: String {
    let names = configuration.folders.map { "`\(($0 as NSString).lastPathComponent)`" }
    return names.isEmpty ? "a folder" : names.joined(separator: ", ")
  }

  private var scoreTable: String {
    guard !state.scores.isEmpty else { return "No videos were held out, or none could be scored." }
    let rows = state.scores.map { score in
      let before = state.untrained.first { $0.name == score.name }
      return "| \(score.name) | \(NumberText.percent(score.value)) "
        + "| \(before.map { NumberText.percent($0.value) } ?? "–") "
        + "| \(NumberText.percent(score.chance)) | \(score.count) |"
    }
    return """
      | score after \(counted(state.scoredStep, "step")) | trained | \(configuration.before) | chance | decisions |
      |---|---|---|---|---|
      \(rows.joined(separator: "\n"))

      """
  }

  private var skipped: String {
    var parts: [String] = []
    if state.skippedSteps > 0 {
      parts.append(
        "\(counted(state.skippedSteps, "step was", "steps were")) skipped: a loss or gradient was not finite."
      )
    }
    if state.skippedClips > 0 {
      parts.append(
        "\(counted(state.skippedClips, "clip")) could not be decoded and "
          + "\(state.skippedClips == 1 ? "was" : "were") replaced.")
    }
    return parts.isEmpty ? "" : parts.joined(separator: " ") + "\n"
  }

  private var objectives: String {
    configuration.objectives.map { type, weight in
      "- `\(type.name)`, weight \(NumberText.short(weight)): \(type.paper)"
    }.joined(separator: "\n")
  }
}
