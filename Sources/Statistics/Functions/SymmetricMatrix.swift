/// A small symmetric matrix, diagonalised by Jacobi rotations.
struct SymmetricMatrix {
    private var rows: [[Double]]

    init(_ rows: [[Double]]) {
        self.rows = rows
    }

    /// vᵀ·A⁺·v with the pseudo-inverse A⁺ of a positive semidefinite matrix, and the rank that it has.
    /// Eigenvalues below 10⁻¹² of the largest count as zero.
    func inverseForm(_ vector: [Double]) -> (value: Double, rank: Int) {
        let (eigenvalues, eigenvectors) = diagonalised()
        let bound = (eigenvalues.max() ?? 0) * 1e-12
        var value = 0.0
        var rank = 0
        for index in eigenvalues.indices where eigenvalues[index] > bound {
            var projection = 0.0
            for row in vector.indices { projection += eigenvectors[row][index] * vector[row] }
            value += projection * projection / eigenvalues[index]
            rank += 1
        }
        return (value, rank)
    }

    /// Cyclic Jacobi: rotates until the off-diagonal entries vanish; column i of the vectors belongs to value i.
    private func diagonalised() -> (values: [Double], vectors: [[Double]]) {
        var matrix = rows
        let size = matrix.count
        var vectors = (0..<size).map { row in (0..<size).map { row == $0 ? 1.0 : 0.0 } }
        for _ in 0..<64 {
            var rotated = false
            for p in 0..<size {
                for q in (p + 1)..<max(size, p + 1) where matrix[p][q] != 0 {
                    rotated = true
                    let half = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q])
                    let tangent = (half >= 0 ? 1 : -1) / (abs(half) + (half * half + 1).squareRoot())
                    let cosine = 1 / (tangent * tangent + 1).squareRoot()
                    let sine = tangent * cosine
                    for k in 0..<size { rotate(&matrix[k], p, q, cosine, sine) }
                    for k in 0..<size {
                        (matrix[p][k], matrix[q][k]) = (
                            cosine * matrix[p][k] - sine * matrix[q][k], sine * matrix[p][k] + cosine * matrix[q][k]
                        )
                    }
                    matrix[p][q] = 0
                    matrix[q][p] = 0
                    for k in 0..<size { rotate(&vectors[k], p, q, cosine, sine) }
                }
            }
            if !rotated { break }
        }
        return ((0..<size).map { matrix[$0][$0] }, vectors)
    }

    private func rotate(_ row: inout [Double], _ p: Int, _ q: Int, _ cosine: Double, _ sine: Double) {
        (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q])
    }
}
