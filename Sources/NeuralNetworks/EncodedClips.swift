import Autodiff
import TensorCore

/// The encoders' view of one batch, computed once a step and shared by every objective. Of a batch without pictures
/// `nodes` and `pooled` have no rows.
package struct EncodedClips {
  /// C clips of L looks with N nodes each: the clip's frames in time, then its return view if it has one.
  package let clips: Int
  package let looks: Int
  /// Rows and columns of the node grid of a frame; N = rows × columns.
  package let grid: (rows: Int, columns: Int)
  /// Node features before any head, [C·L·N, D]: a patch's mean-pooled map, or a cell of the dense map.
  package let nodes: Variable
  /// The mean over a clip's nodes and looks, [C, D].
  package let pooled: Variable
  /// Pooled audio features, [C, A]; nil when no objective needs sound. Rows without sound are masked by
  /// the batch's `hasAudio`.
  package let audio: Variable?

  package init(
    clips: Int, looks: Int, grid: (rows: Int, columns: Int), nodes: Variable, pooled: Variable,
    audio: Variable?
  ) {
    self.clips = clips
    self.looks = looks
    self.grid = grid
    self.nodes = nodes
    self.pooled = pooled
    self.audio = audio
  }
}
