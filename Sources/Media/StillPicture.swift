import Storage

/// What a picture file holds, in one of two forms.
package struct StillPicture: Sendable {
  /// What is wanted of a picture.
  package enum Form: Sendable, Hashable {
    /// RGB bytes at `width` x `height`, or at its own size.
    case colours(width: Int?, height: Int?)
    /// The pixels as the file has them, where a mask is kept so.
    case content
  }

  /// Its own size in pixels.
  package var width: Int
  package var height: Int
  /// As RGB; empty in the other form.
  package var pixels: [UInt8] = []
  /// As the file has it; nil in the other form, and for kinds that no mask is kept in.
  package var content: StillImage.Content?

  init(width: Int, height: Int, pixels: [UInt8] = [], content: StillImage.Content? = nil) {
    (self.width, self.height, self.pixels, self.content) = (width, height, pixels, content)
  }

  /// Decodes `bytes`, of the file at `path`, in this process.
  init(_ bytes: [UInt8], path: String, _ form: Form) throws(MediaError) {
    let image = try StillImage(bytes, path: path)
    (width, height) = (image.width, image.height)
    switch form {
    case .colours(let width, let height):
      pixels = try image.pixels(width: width, height: height)
    case .content: content = image.content()
    }
  }

  /// Whether it is one of `form`.
  func fits(_ form: Form) -> Bool {
    switch form {
    case .colours(let width, let height):
      content == nil
        && pixels.count == max(1, width ?? self.width) * max(1, height ?? self.height) * 3
    case .content: pixels.isEmpty
    }
  }
}

extension MediaSource {
  /// The picture of the PNG or JPEG at `path` as RGB, at another size where one is given. It is read here and decoded
  /// where videos are.
  package func picture(
    path: String, width: Int? = nil, height: Int? = nil
  ) throws -> StillPicture {
    try picture(path, .colours(width: width, height: height))
  }

  /// The picture at `path` as it is in the file.
  package func mask(path: String) throws -> StillPicture { try picture(path, .content) }

  private func picture(_ path: String, _ form: StillPicture.Form) throws -> StillPicture {
    let bytes = try readBytes(path, limit: StillImage.byteLimit)
    guard let decoders else { return try StillPicture(bytes, path: path, form) }
    switch try decoders.ask(.picture(path, bytes, form), path: path) {
    case .picture(let picture): return picture
    case .failure(let error): throw error
    default: throw decoders.giveUp(path, .babbled)
    }
  }
}
