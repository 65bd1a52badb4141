/// The frame of every page: nothing in it refers to anything outside.
struct HTMLPage {
  var title: String
  /// Rules besides those that all pages share.
  var style = ""
  /// Markup; texts in it are escaped already.
  var body: String

  func render() -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(escaped(title))</title>
    <style>
    \(HTMLReport.style)\(style.isEmpty ? "" : "\n" + style)
    </style>
    </head>
    <body>
    \(body)
    </body>
    </html>

    """
  }
}
