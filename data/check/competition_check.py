"""Checks data/competition_problems.jsonl with sympy: python3 data/check/competition_check.py [FILE]

For every row, in the order of the file, CHECKS holds the beginning of the problem and a computation of its answer on
another way than the worked solution: brute force, symbolic solving, coordinates. The computed value must equal the
row's LaTeX answer, which is read by `parse`, and the solution must end in this answer, boxed.
"""

import datetime
import json
import math
import pathlib
import re
import sys
from itertools import combinations, permutations, product
from math import factorial, gcd, isqrt

from sympy import (Abs, Circle, Eq, FiniteSet, I, Integer, Interval, Line, Matrix, MatrixBase, Plane, Point, Point3D,
                   Poly, Polygon, Rational, RegularPolygon, S, Set, Symbol, Triangle, Union, arg, cancel, ceiling, cos,
                   count_roots, diag, diff, divisor_count, divisors, exp, expand, expand_trig, floor, im, integrate,
                   isprime, limit, log, minimal_polynomial, nsimplify, oo, periodicity, pi, primefactors, primerange,
                   re as re_part, rem, roots, simplify, sin, solve, solveset, sqrt, summation, symbols, sympify, tan)
from sympy.parsing.sympy_parser import implicit_multiplication, parse_expr, standard_transformations

x, y, n, s = symbols("x y n s")
r = Symbol("r", positive=True)


def in_base(number, base):
    """The numeral of a number in a base, written as in LaTeX."""
    digits = ""
    while number:
        number, digit = divmod(number, base)
        digits = str(digit) + digits
    return f"{digits}_{base}"


def domino_tilings(rows, columns):
    """Counts coverings by trying every placement at the first free cell."""
    def place(filled):
        free = next((cell for cell in product(range(columns), range(rows)) if cell not in filled), None)
        if free is None:
            return 1
        a, b = free
        return sum(place(filled | {free, other}) for other in ((a + 1, b), (a, b + 1))
                   if other[0] < columns and other[1] < rows and other not in filled)

    return place(frozenset())


def angle_bisector_foot(ab, ac, bc):
    """The distance from B to the foot of the bisector of angle A, by coordinates."""
    b, c = Point(0, 0), Point(bc, 0)
    a_x = Rational(ab**2 - ac**2 + bc**2, 2 * bc)
    a = Point(a_x, sqrt(ab**2 - a_x**2))
    t = Symbol("t", positive=True)
    # D = (t, 0) is as far from line AB as from line AC.
    return next(root for root in solve(t * a.y / ab - (bc - t) * a.y / ac, t) if b.x < root < c.x)


CHECKS = [
    (r"What is the mean of $12$, $17$, $19$, $2",
     lambda: Rational(sum([12, 17, 19, 24, 28]), 5)),
    (r"Let $f(x) = \dfrac{2x + 1}{x - 3}$ for $",
     lambda: solve(Eq(x, (2*y + 1)/(y - 3)), y)[0]),
    (r"What is the value of $(-2)^3 + 2 \cdot 3",
     lambda: (-2)**3 + 2*3**2),
    (r"A committee of four is chosen from six w",
     lambda: sum(sum(p < 6 for p in group) == 2 for group in combinations(range(11), 4))),
    (r"A price is raised by $10\%$ and the new ",
     lambda: 100*(1 - Rational(11, 10)*Rational(9, 10))),
    (r"A chord of a circle of radius $13$ lies ",
     lambda: (lambda s: s[0].distance(s[1]))(Circle((0, 0), 13).intersection(Line((0, 5), (1, 5))))),
    (r"Find the set of all positive integers $n",
     lambda: FiniteSet(*[k for k in range(1, 5000) if (k*k + 20) % (k + 4) == 0])),
    (r"What is the remainder when $x^4 - 3x^2 +",
     lambda: rem(x**4 - 3*x**2 + 2*x - 5, x - 2, x)),
    (r"A rectangle has area $54$, and one of it",
     lambda: 2*(6 + solve(6*x - 54, x)[0])),
    (r"A geometric sequence of positive terms h",
     lambda: next(s[0] for s in solve([x*y**2 - 12, x*y**4 - 27], [x, y]) if s[1] > 0)),
    (r"Find the domain of the real-valued funct",
     lambda: Union(Interval.Ropen(-3, 1), Interval.Lopen(1, 2)) if all((6 - t - t*t >= 0 and t != 1) == (t in Union(Interval.Ropen(-3, 1), Interval.Lopen(1, 2))) for t in [Rational(n, 4) for n in range(-40, 41)]) else None),
    (r"Let $f(x) = 3x - 1$ and $g(x) = x^2 + 2$",
     lambda: max(solve(3*(x**2 + 2) - 1 - ((3*x - 1)**2 + 2), x))),
    (r"Find the range of $f(x) = 3\sin x + 4\co",
     lambda: Interval(*sorted(3*t/sqrt(t*t + u*u) + 4*u/sqrt(t*t + u*u) + 2 for t, u in ((3, 4), (-3, -4)))) if max(3*math.sin(k/1000) + 4*math.cos(k/1000) + 2 for k in range(6284)) <= 7 and min(3*math.sin(k/1000) + 4*math.cos(k/1000) + 2 for k in range(6284)) >= -3 else None),
    (r"How many subsets of $\{1, 2, \ldots, 10",
     lambda: sum(m & (m >> 1) == 0 for m in range(1024))),
    (r"The areas of two similar triangles are i",
     lambda: 21*sqrt(Rational(25, 9))),
    (r"Two fair six-sided dice are rolled. What",
     lambda: Rational(sum(max(a, b) for a in range(1, 7) for b in range(1, 7)), 36)),
    (r"Evaluate $\displaystyle\sum_{k=1}^{20} ",
     lambda: sum(Rational(1, k*(k + 2)) for k in range(1, 21))),
    (r"Three different vertices of a regular oc",
     lambda: Rational(sum(any((p - q) % 8 == 4 for p, q in combinations(t, 2)) for t in combinations(range(8), 3)), 56)),
    (r"What is the area of an equilateral trian",
     lambda: Triangle(sss=(6, 6, 6)).area),
    (r"Let $i^2 = -1$. Compute $(1 + i)^{10}$.",
     lambda: expand((1 + I)**10)),
    (r"In a certain year March 5 is a Tuesday. ",
     lambda: (lambda y: datetime.date(y, 7, 4).strftime('%A'))(next(y for y in range(2000, 2030) if datetime.date(y, 3, 5).weekday() == 1))),
    (r"What is the smallest positive integer th",
     lambda: next(k for k in range(1, 999) if (k % 5, k % 7, k % 9) == (2, 3, 4))),
    (r"Numbers $x$, $y$, $z$ satisfy $x + y + z",
     lambda: sum(r**3 for r in solve(x**3 - 2*x**2 - 5*x + 6, x))),
    (r"What is the radius of the circle through",
     lambda: Triangle(sss=(13, 20, 21)).circumradius),
    (r"How many three-digit numbers have only o",
     lambda: sum(all(int(d) % 2 for d in str(k)) for k in range(100, 1000))),
    (r"With how many zeros does $130!$ end?",
     lambda: len(str(factorial(130))) - len(str(factorial(130)).rstrip('0'))),
    (r"From a point $P$ outside a circle a tang",
     lambda: solve(8*(8 + x) - 12**2, x)[0]),
    (r"Compute $2\frac{1}{3} + 3\frac{3}{4} - 1",
     lambda: 2 + Rational(1, 3) + 3 + Rational(3, 4) - 1 - Rational(5, 6)),
    (r"What is the distance from the point $(1,",
     lambda: Plane(Point3D(6, 0, 0), normal_vector=(2, -1, 2)).distance(Point3D(1, 2, 3))),
    (r"If $3x - 7 = 2x + 5$, what is the value ",
     lambda: solve(Eq(3*x - 7, 2*x + 5), x)[0]),
    (r"What is the exact value of $\cos 75^\cir",
     lambda: cos(75*pi/180)),
    (r"What is the coefficient of $x^3$ in the ",
     lambda: Poly((2*x - 1)**6, x).coeff_monomial(x**3)),
    (r"A regular hexagon has sides of length $4",
     lambda: (lambda h: abs(h.area) - pi*h.apothem**2)(RegularPolygon((0, 0), 4, 6))),
    (r"How many real roots does $x^5 - 5x + 3$ ",
     lambda: count_roots(x**5 - 5*x + 3)),
    (r"A point has polar coordinates $\left(4, ",
     lambda: (re_part(4*exp(2*pi*I/3)), im(4*exp(2*pi*I/3)))),
    (r"Find the inverse of the matrix $\begin{p",
     lambda: Matrix([[2, 1], [5, 3]]).inv()),
    (r"In triangle $ABC$ we have $AB = 6$, $AC ",
     lambda: angle_bisector_foot(6, 9, 10)),
    (r"Two numbers are in the ratio $5 : 7$, an",
     lambda: next(b for b in range(1, 96) if 7*(96 - b) == 5*b)),
    (r"What is the exact value of $\sin 150^\ci",
     lambda: sin(150*pi/180)),
    (r"What is the slope of the line through $(",
     lambda: Line(Point(-2, 5), Point(4, -4)).slope),
    (r"How many ordered pairs $(x, y)$ of posit",
     lambda: sum(12*a % (a - 12) == 0 for a in range(13, 157))),
    (r"In how many ways can a $2 \times 9$ rect",
     lambda: domino_tilings(2, 9)),
    (r"How many positive divisors does $540$ ha",
     lambda: sum(540 % d == 0 for d in range(1, 541))),
    (r"What is the sum of the squares of the ro",
     lambda: simplify(sum(r**2 for r in solve(x**3 - 4*x**2 + 2*x + 3, x)))),
    (r"Two circles with radii $9$ and $4$ touch",
     lambda: next(s for s in solve(x**2 + (9 - 4)**2 - (9 + 4)**2, x) if s > 0)),
    (r"Compute $\sin^2 10^\circ + \sin^2 20^\ci",
     lambda: nsimplify(sum(sin(k*pi/18)**2 for k in range(1, 9)).evalf(30), rational=True, tolerance=1e-20)),
    (r"What is the vertex of the parabola $y = ",
     lambda: (lambda t: (t, (2*x**2 - 12*x + 11).subs(x, t)))(solve(diff(2*x**2 - 12*x + 11, x), x)[0])),
    (r"Pump A empties a pool in $6$ hours, pump",
     lambda: solve(x/6 + x/9 + x/18 - 1, x)[0]),
    (r"What is the least common multiple of $12",
     lambda: next(m for m in range(1, 9000) if m % 12 == m % 18 == m % 40 == 0)),
    (r"A sector of a circle of radius $9$ has a",
     lambda: integrate(integrate(x, (x, 0, 9)), (y, 0, 80*pi/180))),
    (r"Five letters are put at random into five",
     lambda: sum(all(o[i] != i for i in range(5)) for o in permutations(range(5)))),
    (r"What is the area of the region enclosed ",
     lambda: Circle(x**2 + y**2 - 6*x + 8*y - 11).area),
    (r"What is the smallest positive integer wi",
     lambda: next(k for k in range(1, 9999) if divisor_count(k) == 15)),
    (r"What is the sum of the decimal digits of",
     lambda: sum(map(int, str(10**20 - 13)))),
    (r"Which integer $n$ with $0 \le n < 43$ sa",
     lambda: next(k for k in range(43) if 17*k % 43 == 1)),
    (r"The integers from $1$ to $500$ are writt",
     lambda: sum(str(k).count('7') for k in range(1, 501))),
    (r"A fair six-sided die is rolled until a $",
     lambda: summation(Rational(5, 6)**(2*n - 1)*Rational(1, 6), (n, 1, oo))),
    (r"What is the sum of the coefficients of t",
     lambda: sum(Poly((x**2 - 3*x + 1)**5, x).all_coeffs())),
    (r"What is the largest value of $\sin x\,(1",
     lambda: (lambda f: max(simplify(f.subs(x, r)) for r in solveset(diff(f, x), x, Interval(0, 2*pi))))(sin(x)*(1 + cos(x)))),
    (r"How many strings of six letters, each A,",
     lambda: sum(set(t) == set('ABC') for t in product('ABC', repeat=6))),
    (r"For which real numbers $k$ does $x^2 + k",
     lambda: FiniteSet(*[n for n in range(-50, 51) if len(set(roots(Poly(x**2 + n*x + n + 3, x)))) == 1])),
    (r"For which prime $p$ is $p^2 + 14$ also p",
     lambda: (lambda found: found[0] if len(found) == 1 else None)([p for p in primerange(2, 5000) if isprime(p*p + 14)])),
    (r"Find the set of all real solutions of $9",
     lambda: FiniteSet(*[log(u, 3) for u in solve(y**2 - 4*y + 3, y)])),
    (r"In how many different orders can the let",
     lambda: len(set(permutations('LEVEL')))),
    (r"What is the greatest common divisor of $",
     lambda: max(d for d in range(1, 199) if 252 % d == 198 % d == 0)),
    (r"Compute $\dfrac{3}{4} \div \dfrac{9}{16}",
     lambda: Rational(3, 4)/Rational(9, 16)),
    (r"If $x + \dfrac{1}{x} = 5$, what is $x^3 ",
     lambda: simplify((lambda t: t**3 + 1/t**3)((5 + sqrt(21))/2))),
    (r"Find the projection of the vector $\begi",
     lambda: (lambda a, b: b*solve(b.dot(a - x*b), x)[0])(Matrix([4, 3]), Matrix([1, 2]))),
    (r"Compute $\lfloor 7.3 \rfloor + \lceil -2",
     lambda: floor(Rational(73, 10)) + ceiling(Rational(-26, 10))),
    (r"In which base $b$ does the numeral $132_",
     lambda: next(b for b in range(4, 37) if int('132', b) == 72)),
    (r"Solve $\dfrac{x - 1}{x + 2} \ge 2$. Give",
     lambda: solveset((x - 1)/(x + 2) >= 2, x, S.Reals)),
    (r"Compute $\cos 36^\circ \cdot \cos 72^\ci",
     lambda: simplify(cos(pi/5)*cos(2*pi/5))),
    (r"What is the units digit of $1! + 2! + 3!",
     lambda: sum(factorial(k) for k in range(1, 60)) % 10),
    (r"Write $\sqrt{72} + \sqrt{50}$ in the for",
     lambda: sqrt(72) + sqrt(50)),
    (r"Find the set of all real solutions of $x",
     lambda: FiniteSet(*solve(x**4 - 13*x**2 + 36, x))),
    (r"What is the distance between the foci of",
     lambda: next(2*k for k in range(1, 60) if all(simplify(abs(sqrt((4*sqrt(1 + t**2/9) + k)**2 + t**2) - sqrt((4*sqrt(1 + t**2/9) - k)**2 + t**2)) - 8) == 0 for t in (Integer(0), Integer(4))))),
    (r"In how many ways can ten identical candi",
     lambda: sum(sum(t) == 10 for t in product(range(1, 11), repeat=4))),
    (r"Compute $\begin{pmatrix} 1 & 2 \\ 0 & -1",
     lambda: Matrix([[1, 2], [0, -1]])*Matrix([[3, 1], [2, 4]])),
    (r"Compute $(3 + 2i)(1 - 4i)$, where $i^2 =",
     lambda: expand((3 + 2*I)*(1 - 4*I))),
    (r"What is the units digit of $7^{2023}$?",
     lambda: 7**2023 % 10),
    (r"Find all real solutions of $|x^2 - 6x + ",
     lambda: FiniteSet(*[t for t in [Rational(n, 2) for n in range(-40, 41)] if abs(t*t - 6*t + 4) == 4])),
    (r"What is the period of the function $f(x)",
     lambda: periodicity(3*sin(4*x - pi/3), x)),
    (r"Find all real numbers $x$ with $2x^2 - 5",
     lambda: solveset(2*x**2 - 5*x < 12, x, S.Reals)),
    (r"Find the ordered pair $(x, y)$ of real n",
     lambda: next(s for s in solve([x + y - 7, x**2*y + x*y**2 - 84], [x, y]) if s[0] < s[1])),
    (r"Evaluate $\dfrac{1}{3} + \dfrac{2}{9} + ",
     lambda: summation(n*Rational(1, 3)**n, (n, 1, oo))),
    (r"A square with side $1$ is rotated by $45",
     lambda: 16*integrate(x*tan(pi/8), (x, 0, Rational(1, 2)))),
    (r"Find the ordered pair $(A, B)$ of consta",
     lambda: (lambda f: (limit(f*(x - 1), x, 1), limit(f*(x + 2), x, -2)))((5*x + 1)/((x - 1)*(x + 2)))),
    (r"What is the measure of each interior ang",
     lambda: Rational((15 - 2)*180, 15)),
    (r"What is the largest value of $12 - |x - ",
     lambda: max(12 - abs(t - 3) - abs(2*t + 4) for t in [Rational(n, 12) for n in range(-200, 201)])),
    (r"What is the absolute value of $\dfrac{5 ",
     lambda: Abs((5 - 12*I)/(3 + 4*I))),
    (r"A wooden cube with edge $4$ is painted o",
     lambda: sum(sum(v in (0, 3) for v in t) == 2 for t in product(range(4), repeat=3))),
    (r"A triangle has sides $10$, $17$ and $21$",
     lambda: Triangle(sss=(10, 17, 21)).inradius),
    (r"Write $\dfrac{x^3 - 8}{x - 2}$, for $x ",
     lambda: cancel((x**3 - 8)/(x - 2))),
    (r"How many liters of water must be added t",
     lambda: solve(Rational(25, 100)*12 - Rational(15, 100)*(12 + x), x)[0]),
    (r"Compute $365_7 + 254_7$. Give your answe",
     lambda: in_base(int('365', 7) + int('254', 7), 7)),
    (r"Find the set of all $x$ in $[0, 2\pi)$ w",
     lambda: FiniteSet(*[k*pi/12 for k in range(24) if simplify(2*sin(k*pi/12)**2 - sin(k*pi/12) - 1) == 0]) if len([1 for k in range(24) if (2*sin(k*pi/12)**2 - sin(k*pi/12) - 1).evalf(20).round(12) == 0]) == 3 else None),
    (r"Five people, among them Ana and Ben, sta",
     lambda: sum(abs(o.index(0) - o.index(1)) > 1 for o in permutations(range(5)))),
    (r"What is the remainder when $7^{50}$ is d",
     lambda: 7**50 % 1000),
    (r"What is the area of the quadrilateral wi",
     lambda: abs(Triangle((0, 0), (6, 1), (7, 5)).area) + abs(Triangle((0, 0), (7, 5), (2, 6)).area)),
    (r"Let $\sqrt{-a} = i\sqrt{a}$ for positive",
     lambda: sqrt(-49) + sqrt(-4)),
    (r"In a town $2\%$ of the people have an il",
     lambda: Rational(2*95, 2*95 + 98*4)),
    (r"The midpoint of segment $AB$ is $(5, 1)$",
     lambda: next((p, q) for p in range(-20, 21) for q in range(-20, 21) if (2 + p, -3 + q) == (10, 2))),
    (r"Compute $\begin{pmatrix} 1 \\ 0 \\ 2 \en",
     lambda: Matrix([1, 0, 2]).cross(Matrix([3, -1, 4]))),
    (r"Which of the numbers $\frac{5}{8}$, $\fr",
     lambda: max(Rational(5, 8), Rational(7, 11), Rational('0.63'))),
    (r"Six people sit around a round table with",
     lambda: sum((o.index(0) - o.index(1)) % 6 == 3 for o in permutations(range(6))) // 6),
    (r"What is the sum of all positive integers",
     lambda: sum(k for k in range(1, 60) if gcd(k, 60) == 1)),
    (r"Let $A = \begin{pmatrix} 1 & 1 \\ 0 & 1 ",
     lambda: Matrix([[1, 1], [0, 1]])**10),
    (r"What is the cosine of the angle between ",
     lambda: (lambda a, b: a.dot(b)/(a.norm()*b.norm()))(Matrix([1, 2, 2]), Matrix([2, -1, 2]))),
    (r"Three faces of a rectangular box that me",
     lambda: next(sqrt(a*a + b*b + d*d) for a in range(1, 13) for b in range(a, 13) for d in range(b, 13) if [a*b, a*d, b*d] == [6, 8, 12])),
    (r"Write $0.36$ as a fraction in lowest ter",
     lambda: Rational('0.36')),
    (r"Write the number $347$ in base $6$.",
     lambda: in_base(347, 6)),
    (r"What is the largest prime factor of $3^9",
     lambda: max(primefactors(3**9 - 1))),
    (r"The circumference of a circle is $10\pi$",
     lambda: pi*solve(2*pi*x - 10*pi, x)[0]**2),
    (r"How many integers from $1$ to $1000$ are",
     lambda: sum((k % 3 == 0) != (k % 5 == 0) for k in range(1, 1001))),
    (r"Compute $\arctan \frac{1}{2} + \arctan ",
     lambda: arg(expand((2 + I)*(3 + I)))),
    (r"What is the length of the shortest path ",
     lambda: (lambda f: f.subs(x, solve(diff(f, x), x)[0]))(sqrt((x - 1)**2 + 16) + sqrt((7 - x)**2 + 4))),
    (r"What is the volume of a regular tetrahed",
     lambda: abs(Matrix([[6, 0, 0], [3, 3*sqrt(3), 0], [3, sqrt(3), 2*sqrt(6)]]).det())/6),
    (r"Find the matrix of the reflection of the",
     lambda: Matrix([[1, -2], [2, 1]])*diag(1, -1)*Matrix([[1, -2], [2, 1]]).inv()),
    (r"One of the positive divisors of $72$ is ",
     lambda: Rational(sum(isqrt(d)**2 == d for d in divisors(72)), len(divisors(72)))),
    (r"A function $f$ satisfies $f(x) + 2f\left",
     lambda: solve([x + 2*y - 6, y + 2*x - Rational(3, 2)], [x, y])[x]),
    (r"What is the exact value of $\tan \frac{5",
     lambda: tan(5*pi/6)),
    (r"A bag contains four red and five blue ma",
     lambda: Rational(sum((a < 4) != (b < 4) for a, b in combinations(range(9), 2)), 36)),
    (r"Two numbers have sum $9$, and the sum of",
     lambda: [p*q for p, q in [solve([x + y - 9, x**2 + y**2 - 53], [x, y])[0]]][0]),
    (r"A path goes from $(0, 0)$ to $(5, 3)$ in",
     lambda: sum(len(ups) == 3 and not sum(u < 3 for u in ups) == 1 for ups in combinations(range(8), 3))),
    (r"How many pairs $(x, y)$ of positive inte",
     lambda: sum(3*a + 5*b == 100 for a in range(1, 100) for b in range(1, 100))),
    (r"Find the polynomial in $x$ of least degr",
     lambda: minimal_polynomial(sqrt(2) + sqrt(3), x)),
    (r"Express $\sin 3t$ in terms of $s = \sin ",
     lambda: expand_trig(sin(3*x)).subs(sin(x), s)),
    (r"A square is inscribed in a circle of rad",
     lambda: abs(Polygon(*[Point(r*cos(k*pi/2), r*sin(k*pi/2)) for k in range(4)]).area)),
    (r"A staircase has ten steps. Somebody clim",
     lambda: sum(sum(t) == 10 for k in range(4, 11) for t in product((1, 2, 3), repeat=k))),
    (r"How many ordered triples $(a, b, c)$ of ",
     lambda: sum(360 % (a*b) == 0 for a in divisors(360) for b in divisors(360))),
    (r"What is the smaller angle between the ho",
     lambda: (lambda d: min(d, 360 - d))(abs(Rational(3*60 + 40, 720)*360 - Rational(40, 60)*360))),
    (r"For how many integers $k$ can $x^2 + kx ",
     lambda: sum(k*k >= 96 and isqrt(k*k - 96)**2 == k*k - 96 for k in range(-100, 101))),
    (r"Write the repeating decimal $0.\overline",
     lambda: next(Rational(p, q) for q in range(1, 100) for p in range(1, q) if str(p*10**12 // q) == '27'*6)),
    (r"A cyclist rides $60$ km at $30$ km per h",
     lambda: Rational(120)/(Rational(60, 30) + Rational(60, 20))),
    (r"An angle measures $\frac{7\pi}{12}$ radi",
     lambda: 7*pi/12*180/pi),
    (r"Compute $-3 - (-8) + 2 \cdot (-4)$.",
     lambda: -3 - (-8) + 2*(-4)),
    (r"Find the set of all complex numbers $z$ ",
     lambda: FiniteSet(*[expand(r, complex=True) for r in solve(x**3 - 8*I, x)])),
    (r"Write $\dfrac{6}{\sqrt{7} - 2}$ without ",
     lambda: 6/(sqrt(7) - 2)),
    (r"Two angles of a triangle measure $47^\ci",
     lambda: 180 - 47 - 68),
    (r"What is the least value of $x^2 + \dfrac",
     lambda: (lambda f: min(f.subs(x, r) for r in solve(diff(f, x), x) if r.is_real and r > 0))(x**2 + 16/x)),
    (r"A cone has base radius $6$ and slant hei",
     lambda: integrate(pi*(6*x/8)**2, (x, 0, sqrt(10**2 - 6**2)))),
    (r"The graph of $y = \dfrac{2x^2 + 3x - 1}{",
     lambda: (lambda f: (lambda m: m*x + limit(f - m*x, x, oo))(limit(f/x, x, oo)))((2*x**2 + 3*x - 1)/(x - 1))),
    (r"The legs of a right triangle are $20$ an",
     lambda: Line((20, 0), (0, 21)).distance(Point(0, 0))),
    (r"What is the sum of the first $40$ positi",
     lambda: sum(range(2, 81, 2))),
    (r"A fair coin is tossed four times. What i",
     lambda: Rational(sum(sum(t) == 2 for t in product([0, 1], repeat=4)), 16)),
    (r"What is $15\%$ of $240$?",
     lambda: Rational(15, 100)*240),
    (r"Solve $\log_2 x + \log_4 x + \log_{16} x",
     lambda: next(2**k for k in range(-20, 21) if k + Rational(k, 2) + Rational(k, 4) == Rational(21, 2))),
    (r"Expand and simplify: $(2x - 3)(x + 4) - ",
     lambda: expand((2*x - 3)*(x + 4) - x*(x - 1))),
    (r"Five different positive integers have me",
     lambda: max(60 - a - b - 10 - d for a in range(1, 10) for b in range(a + 1, 10) for d in range(11, 60) if 60 - a - b - 10 - d > d)),
    (r"Two fair six-sided dice are rolled. What is the probability ",
     lambda: Rational(sum(a + b == 8 for a in range(1, 7) for b in range(1, 7)), 36)),
]


def strip(tex):
    """Removes what does not change a value: degrees, percent, size commands, `\\dfrac`."""
    for mark in (r"^\circ", r"\%", r"\left", r"\right", r"\,"):
        tex = tex.replace(mark, "")
    return tex.replace(r"\dfrac", r"\frac").strip()


def split(tex, separator=","):
    """Splits at separators outside all brackets."""
    parts, depth, start = [], 0, 0
    for i, character in enumerate(tex):
        depth += (character in "([{") - (character in ")]}")
        if character == separator and depth == 0:
            parts.append(tex[start:i])
            start = i + 1
    return parts + [tex[start:]]


def expression(tex):
    """A LaTeX expression as a sympy one."""
    tex = strip(tex)
    fraction = re.compile(r"\\frac\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}")
    while fraction.search(tex):
        tex = fraction.sub(r"((\1)/(\2))", tex)
    tex = tex.replace(r"\sqrt", " sqrt").replace(r"\pi", " pi").replace("^", "**")
    tex = tex.replace("{", "(").replace("}", ")")
    names = {"x": x, "y": y, "s": s, "r": r, "i": I, "pi": pi, "sqrt": sqrt}
    return parse_expr(tex, local_dict=names, transformations=standard_transformations + (implicit_multiplication,))


def interval(tex):
    left, right = split(tex[1:-1])
    return Interval(expression(left), expression(right), tex[0] == "(", tex[-1] == ")")


def parse(tex, like):
    """The value of a LaTeX answer, in the form of `like`."""
    tex = strip(tex)
    if isinstance(like, str):
        return re.sub(r"\\text\{(.*)\}", r"\1", tex)
    if isinstance(like, MatrixBase):
        inner = re.fullmatch(r"\\begin\{pmatrix\}(.*)\\end\{pmatrix\}", tex)[1]
        return Matrix([[expression(cell) for cell in row.split("&")] for row in inner.split(r"\\")])
    if isinstance(like, FiniteSet):
        inner = re.fullmatch(r"\\\{(.*)\\\}", tex)[1]
        return FiniteSet(*map(expression, split(inner)))
    if isinstance(like, Set):
        return Union(*(interval(part.strip()) for part in tex.split(r"\cup")))
    if isinstance(like, tuple):
        return tuple(map(expression, split(tex[1:-1])))
    return expression(tex)


def equal(a, b):
    if isinstance(a, str):
        return a == b
    if isinstance(a, FiniteSet):
        return len(a) == len(b) and all(any(equal(p, q) for q in b) for p in a)
    if isinstance(a, Set):
        return a == b
    if isinstance(a, (tuple, MatrixBase)):
        return len(a) == len(b) and all(equal(p, q) for p, q in zip(a, b))
    return simplify(sympify(a) - sympify(b)) == 0


def fault(row, beginning, compute):
    """What is wrong with a row, or nothing."""
    if not row["problem"].startswith(beginning):
        return f"the check beginning {beginning!r} belongs to another problem"
    if r"\boxed{" + row["answer"] + "}" not in row["solution"]:
        return "the solution does not box the answer"
    value = compute()
    if not equal(parse(row["answer"], value), value):
        return f"answer {row['answer']}, computed {value}"
    return None


def main():
    default = pathlib.Path(__file__).parent.parent / "competition_problems.jsonl"
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    faults = [] if len(rows) == len(CHECKS) else [f"{len(rows)} rows, but {len(CHECKS)} checks"]
    for number, (row, (beginning, compute)) in enumerate(zip(rows, CHECKS)):
        found = fault(row, beginning, compute)
        if found:
            faults.append(f"row {number} ({row['problem'][:50]}...): {found}")
    print("\n".join([*faults, f"{len(rows)} problems, {len(faults)} faults"]))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
