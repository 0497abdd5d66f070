import Foundation
import Martlet

/// The files of this machine that an upload takes.
enum LocalTree {
    struct File {
        /// Where it is.
        let path: String
        /// What it is called below the folder, or by itself.
        let name: String
        let sizeBytes: Int64
    }

    /// The file at `path`, or all files in the folder there and in those below it, by name.
    ///
    /// - Throws: ``ClientError`` of kind `file` when there is nothing, or nothing that can be read.
    static func files(at path: String) throws -> [File] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ClientError(.file, "There is no file or folder '\(path)'.")
        }
        guard isFolder.boolValue else { return [try file(path, URL(fileURLWithPath: path).lastPathComponent)] }
        do {
            return try FileManager.default.subpathsOfDirectory(atPath: path).sorted().compactMap { name in
                let whole = "\(path)/\(name)"
                var isFolder: ObjCBool = false
                // A link that leads nowhere is no file.
                let exists = FileManager.default.fileExists(atPath: whole, isDirectory: &isFolder)
                return exists && !isFolder.boolValue ? try file(whole, name) : nil
            }
        } catch let error as ClientError {
            throw error
        } catch {
            throw ClientError(path, cannotBe: "read", error)
        }
    }

    private static func file(_ path: String, _ name: String) throws -> File {
        let handle: FileHandle
        do {
            handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            return File(path: path, name: name, sizeBytes: Int64(try handle.seekToEnd()))
        } catch {
            throw ClientError(path, cannotBe: "read", error)
        }
    }
}
