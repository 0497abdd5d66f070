import FoundationEssentials

/// Where the engines' shared libraries are, as the environment says, and how to open them.
///
/// Each engine has the folder `NAME-VERSION` in `MARTLET_NATIVE_DIR`, by default
/// `${XDG_CACHE_HOME:-~/.cache}/martlet/native`; one that is a package of the system is also found where the system
/// has it. Nothing is searched for or loaded before it is asked for.
package struct NativeLibraryCatalog: Sendable {
    /// What was found of an engine, for `martlet doctor`.
    package struct Finding: Hashable, Sendable {
        /// The engine asked for.
        package let engine: NativeEngine
        /// The release that Martlet wants.
        package let version: String
        /// The folder in which its library belongs; nil when the environment names no folder at all, and for a package of
        /// the system, which belongs where the system has it.
        package let folder: String?
        /// The library's file, when it is there.
        package let path: String?
        /// What stands in the way of opening it, in one line; nil when nothing does.
        package let problem: String?
        /// The command that puts it right; nil when nothing is wrong.
        package let remedy: String?

        /// Whether the library and what it needs are there.
        package var isUsable: Bool { problem == nil }
    }

    /// The folder that holds the engines' folders; nil when the environment gives none.
    package let root: String?
    private let isLoadable: @Sendable (String) -> Bool

    /// A catalog of the libraries that this environment leads to.
    ///
    /// - Parameter environment: `MARTLET_NATIVE_DIR`, `XDG_CACHE_HOME` and `HOME` are read; empty counts as unset,
    ///   and so does a relative `XDG_CACHE_HOME`, as its specification asks.
    package init(environment: [String: String]) {
        self.init(environment: environment) { NativeLibrary.isLoadable($0) }
    }

    /// The same, with `isLoadable` saying whether the loader would find the library of a name or path.
    package init(environment: [String: String], isLoadable: @escaping @Sendable (String) -> Bool) {
        self.isLoadable = isLoadable
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let folder = value("MARTLET_NATIVE_DIR") {
            root = folder
        } else if let cache = value("XDG_CACHE_HOME"), cache.hasPrefix("/") {
            root = "\(cache)/martlet/native"
        } else {
            root = value("HOME").map { "\($0)/.cache/martlet/native" }
        }
    }

    /// What there is of an engine, without leaving anything loaded.
    ///
    /// - Parameter engine: the engine to look for.
    /// - Returns: its library's file, or what is missing and the command that gets it.
    package func find(_ engine: NativeEngine) -> Finding {
        if let system = systemLibrary(of: engine) {
            guard !isLoadable(system) else { return finding(engine, path: system, problem: nil) }
            return finding(engine, path: nil, problem: "\(system) is not installed; `martlet stream` needs it")
        }
        guard let folder = folder(of: engine) else {
            return finding(engine, path: nil, problem: "none of MARTLET_NATIVE_DIR, XDG_CACHE_HOME and HOME is set")
        }
        guard let name = libraryName(of: engine, in: folder) else {
            return finding(engine, path: nil, problem: "no library in \(folder)")
        }
        var problem: String?
        if let needed = engine.prerequisite(of: name),
            !prerequisiteCandidates(needed, in: folder).contains(where: isLoadable)
        {
            problem = "\(name) needs \(needed), which is not installed"
        }
        return finding(engine, path: "\(folder)/\(name)", problem: problem)
    }

    /// Loads an engine's library, and first what it needs.
    ///
    /// - Parameter engine: the engine to load; loading it again gives the same library.
    /// - Returns: the library, which stays loaded until the process ends.
    /// - Throws: `notInstalled` with the command that gets it, or `notLoadable` with the loader's reason.
    package func open(_ engine: NativeEngine) throws(NativeLibraryError) -> NativeLibrary {
        if let system = systemLibrary(of: engine) {
            guard isLoadable(system) else { throw notInstalled(find(engine)) }
            return try NativeLibrary(engine: engine, path: system)
        }
        guard let folder = folder(of: engine), let name = libraryName(of: engine, in: folder) else {
            throw notInstalled(find(engine))
        }
        if let needed = engine.prerequisite(of: name),
            !prerequisiteCandidates(needed, in: folder).contains(where: NativeLibrary.preload)
        {
            throw notInstalled(find(engine))
        }
        return try NativeLibrary(engine: engine, path: "\(folder)/\(name)")
    }

    private func folder(of engine: NativeEngine) -> String? {
        root.map { "\($0)/\(engine.folderName)" }
    }

    /// The system's library, unless one was put into the engine's own folder.
    private func systemLibrary(of engine: NativeEngine) -> String? {
        guard let name = engine.systemLibrary else { return nil }
        if let folder = folder(of: engine), libraryName(of: engine, in: folder) != nil { return nil }
        return name
    }

    private func libraryName(of engine: NativeEngine, in folder: String) -> String? {
        do {
            return engine.library(among: try FileManager.default.contentsOfDirectory(atPath: folder))
        } catch {
            // An unreadable folder and an absent one mean the same here: no library to be had.
            return nil
        }
    }

    /// A library beside the engine's own comes before the system's.
    private func prerequisiteCandidates(_ name: String, in folder: String) -> [String] {
        ["\(folder)/\(name)", name]
    }

    private func finding(_ engine: NativeEngine, path: String?, problem: String?) -> Finding {
        Finding(
            engine: engine,
            version: engine.version,
            folder: engine.systemLibrary == nil ? folder(of: engine) : nil,
            path: path,
            problem: problem,
            remedy: problem.map { _ in engine.systemPackage.map { "apt-get install \($0)" } ?? "make setup" }
        )
    }

    private func notInstalled(_ finding: Finding) -> NativeLibraryError {
        let problem = finding.problem ?? "the library cannot be opened"
        return NativeLibraryError(
            .notInstalled,
            engine: finding.engine,
            "\(finding.engine.displayName) \(finding.version) is not installed: \(problem); run"
                + " `\(finding.remedy ?? "make setup")`"
        )
    }
}
