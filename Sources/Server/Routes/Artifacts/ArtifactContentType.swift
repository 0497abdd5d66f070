/// The content type of an artifact by its name, as MLflow's server answers it.
enum ArtifactContentType {
    /// Shown as text by browsers and by MLflow's page, whatever they hold.
    private static let textNames: Set<String> = [
        "txt", "log", "cfg", "conf", "ini", "toml", "yaml", "yml", "xml", "json", "js", "py", "csv", "tsv", "md", "rst",
        "ipynb", "properties", "err", "out",
    ]
    private static let types: [String: String] = [
        "html": "text/html", "htm": "text/html", "css": "text/css", "svg": "image/svg+xml", "png": "image/png",
        "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "pdf": "application/pdf",
        "zip": "application/zip", "gz": "application/gzip", "tar": "application/x-tar", "mp3": "audio/mpeg",
        "wav": "audio/x-wav", "mp4": "video/mp4",
    ]

    /// The type of the file called `name`.
    static func of(_ name: String) -> String {
        if ["mlmodel", "mlproject"].contains(name.lowercased()) { return "text/plain" }
        guard let dot = name.lastIndex(of: ".") else { return "application/octet-stream" }
        let ending = name[name.index(after: dot)...].lowercased()
        return textNames.contains(ending) ? "text/plain" : types[ending] ?? "application/octet-stream"
    }
}
